/* Traces a child of its own, and counts the stops it sees until the child has ended. */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "rule.h"

int main(void)
{
	pid_t pid = fork();
	int status, stops = 0;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		leave(4);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		stops++;
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
	}
	printf("%d stops, exit %d\n", stops, WEXITSTATUS(status));
	return 0;
}
