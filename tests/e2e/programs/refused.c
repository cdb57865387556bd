/*
 * A call that a seccomp filter answers with SIGSYS.  argv[1]: caught, by a
 * handler; deadly, without one; kill, by the filter itself.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "rule.h"

static void on_refused(int sig)
{
	(void)sig;
}

int main(int argc, char *argv[])
{
	bool kill = argc > 1 && !strcmp(argv[1], "kill");
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, kill ? SECCOMP_RET_KILL : SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog all = {sizeof(program) / sizeof(program[0]), program};

	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) < 0)
		return 1;
	if (!strcmp(argv[1], "caught"))
		signal(SIGSYS, on_refused);
	mark_begin();
	syscall(SYS_getuid);
	mark_end();
	leave(0);
}
