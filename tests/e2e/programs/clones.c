/*
 * Makes a child in a way that few programs do, and waits for it.
 *	ptrace: with CLONE_PTRACE, which hands it to the tracer of its creator
 *	untraced: with CLONE_UNTRACED, which does not even if the tracer asks for it
 *	parent: with CLONE_PARENT, as a child of its creator's parent
 */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	unsigned long flags = argc < 2 ? 0 : !strcmp(argv[1], "ptrace") ? CLONE_PTRACE :
			      !strcmp(argv[1], "untraced") ? CLONE_UNTRACED : CLONE_PARENT;
	long pid;
	int fds[2];
	char c;

	if (pipe(fds) < 0)
		return 1;
	mark_begin();
	pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		close(fds[0]);
		syscall(SYS_write, -1, "child", 5);
		leave(3);
	}
	close(fds[1]);
	syscall(SYS_read, fds[0], &c, 1);	/* until the child has ended */
	mark_end();
	leave(0);
}
