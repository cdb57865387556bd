/* UAPI headers that include the C library's get this instead: the two define the same structs. */
#ifndef GEN_SYS_SOCKET_H
#define GEN_SYS_SOCKET_H
#include <linux/socket.h>
typedef __kernel_sa_family_t sa_family_t;
struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};
#endif
