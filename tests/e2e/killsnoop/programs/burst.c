/*
 * So many kill(getpid(), 0) as fast as it goes.  Prints its number and
 * nanoseconds a call.  With a second argument it waits for a line on its
 * standard input before the first, and for another after the last.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1;
	struct timespec a, b;
	pid_t pid = getpid();

	if (argc > 2)
		getchar();
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (long i = 0; i < n; i++)
		kill(pid, 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%d %.1f\n", pid, ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / (double)n);
	fflush(stdout);
	if (argc > 2)
		getchar();
	return 0;
}
