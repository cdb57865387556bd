/*
 * Starts so many processes, one after the other and some at a time; each
 * gives itself a name, sends its parent a signal, and is gone.  Prints the
 * number and the name of each.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_A_TIME 8

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1, running = 0;
	char name[16];

	signal(SIGUSR1, SIG_IGN);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		pid_t pid = fork();
		if (pid < 0)
			return 1;
		if (pid == 0) {
			prctl(PR_SET_NAME, name);
			kill(getppid(), SIGUSR1);
			_exit(0);
		}
		printf("%d %s\n", pid, name);
		if (++running == AT_A_TIME) {
			wait(NULL);
			running--;
		}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
