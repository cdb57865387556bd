/*
 * Becomes argv[2] after the system call argv[1] is denied to it, as a
 * container or a sandbox does: it fails with EPERM.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "rule.h"

static unsigned number_of(const char *name)
{
	if (!strcmp(name, "ptrace"))
		return SYS_ptrace;
	if (!strcmp(name, "process_vm_readv"))
		return SYS_process_vm_readv;
	if (!strcmp(name, "getpid"))
		return SYS_getpid;
	exit(2);
}

int main(int argc, char *argv[])
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_of(argv[1]), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog all = {sizeof(program) / sizeof(program[0]), program};

	if (argc < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) < 0)
		return 1;
	execv(argv[2], argv + 2);
	return 1;
}
