/* UAPI headers that include the C library's get this instead: the two define the same structs. */
#ifndef GEN_TIME_H
#define GEN_TIME_H
#include <linux/time.h>
typedef __kernel_old_time_t time_t;
#endif
