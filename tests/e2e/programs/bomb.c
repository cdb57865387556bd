/* Makes argv[1] children, up to 40 at a time, each of which ends at once; every third execs argv[2] first. */
#include <sys/wait.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	int n = atoi(argv[1]), live = 0;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			if (argc > 2 && i % 3 == 0)
				execl(argv[2], argv[2], (char *)NULL);
			leave(i % 64);
		}
		live += pid > 0;
		if (live == 40) {
			wait(NULL);
			live--;
		}
	}
	while (wait(NULL) > 0)
		;
	leave(3);
}
