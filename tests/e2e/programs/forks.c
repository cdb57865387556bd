/* Makes a child in the way its argument says, and waits for it.  "vfork-wait": the child waits for a signal. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	long pid;

	(void)argc;
	mark_begin();
	if (!strcmp(argv[1], "vfork")) {
		pid = vfork();
		if (pid == 0)
			_exit(3);
	} else if (!strcmp(argv[1], "vfork-wait")) {
		pid = vfork();
		if (pid == 0) {
			syscall(SYS_pause);
			_exit(3);
		}
	} else {
		pid = !strcmp(argv[1], "fork") ? syscall(SYS_fork) : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (pid == 0) {
			syscall(SYS_write, -1, "child", 5);
			leave(3);
		}
	}
	syscall(SYS_wait4, pid, NULL, 0, NULL);
	mark_end();
	leave(0);
}
