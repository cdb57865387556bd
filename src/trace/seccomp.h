/* Installing a filter for system calls: seccomp(2). */
#ifndef TRACE_SECCOMP_H
#define TRACE_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * For the calling process, its children, and all they exec.  Without
 * CAP_SYS_ADMIN the kernel asks for no_new_privs, which takes the privileges
 * from set-user-id programs: then this fails with -EACCES, unless we may set
 * it.  Returns 0 or -errno.
 */
int seccomp_install(struct sock_filter *program, size_t n, bool may_drop_privileges);

#endif
