#include "seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif

static int install(const struct sock_fprog *program)
{
	/* Speculation stays as it is; Linux before 4.17 does not know the flag. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) == 0)
		return 0;
	if (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0)
		return 0;
	return -errno;
}

int seccomp_install(struct sock_filter *program, size_t n, bool may_drop_privileges)
{
	const struct sock_fprog fprog = {.len = (unsigned short)n, .filter = program};
	int r = install(&fprog);

	if (r == -EACCES && may_drop_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		r = install(&fprog);
	return r;
}
