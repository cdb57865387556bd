/* UAPI headers that include the C library's get this instead: the two define the same structs. */
#include <stddef.h>
