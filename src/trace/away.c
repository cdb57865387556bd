#include "away.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* As the child of a process that ends at once. */
int away_run(void (*run)(void *ctx), void *ctx)
{
	pid_t middle = fork();
	int status;

	if (middle < 0)
		return -errno;
	if (middle == 0) {
		pid_t pid = fork();
		if (pid == 0) {
			run(ctx);
			_exit(0);
		}
		_exit(pid < 0 ? errno : 0);
	}
	while (waitpid(middle, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
