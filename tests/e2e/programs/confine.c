/*
 * Puts a filter on all of its threads, under which getppid is refused, and
 * makes that call: in a thread that waits in a call meanwhile, in a child and
 * then itself.  With an argument, the filter leaves the call to a tracer that
 * would ask for it, and there is none.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "rule.h"

static int ready[2], go[2], expected = EPERM;
static unsigned action = SECCOMP_RET_ERRNO | EPERM;

static void refused(void)
{
	if (syscall(SYS_getppid) != -1 || errno != expected)
		_exit(3);
}

static void *run(void *arg)
{
	char c = 0;

	if (write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 1)
		_exit(2);
	refused();
	return arg;
}

static void confine(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog all = {sizeof(program) / sizeof(program[0]), program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &all) != 0)
		_exit(4);
}

int main(int argc, char *argv[])
{
	pthread_t thread;
	pid_t child;
	int status;
	char c;

	(void)argv;
	if (argc > 1) {
		action = SECCOMP_RET_TRACE | 7;
		expected = ENOSYS;
	}
	if (pipe(ready) < 0 || pipe(go) < 0 || pthread_create(&thread, NULL, run, NULL) != 0 || read(ready[0], &c, 1) != 1)
		return 1;
	confine();
	if (write(go[1], &c, 1) != 1 || pthread_join(thread, NULL) != 0)
		return 1;
	child = fork();
	refused();
	if (child > 0)
		return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
	return 0;
}
