/* Its child stops itself; it sees that, continues it and sees it end.  Writes what wait said. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "rule.h"

int main(void)
{
	int status, seen[2];
	char c;

	if (pipe(seen) < 0)
		return 1;
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		if (read(seen[0], &c, 1) == 1)	/* not before the parent has seen it continue */
			raise(SIGTERM);
		leave(1);
	}
	waitpid(pid, &status, WUNTRACED);
	printf("%d %d\n", WIFSTOPPED(status), WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
	kill(pid, SIGCONT);
	waitpid(pid, &status, WCONTINUED);
	printf("%d\n", WIFCONTINUED(status));
	if (write(seen[1], "", 1) != 1)
		return 1;
	waitpid(pid, &status, 0);
	printf("%d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}
