/* Threads that make a call after the other; the first argument: how many.  Ends after argv[2] rounds of the main thread. */
#include <pthread.h>

#include "rule.h"

static pthread_barrier_t barrier;

static void *loop(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	for (;;)
		syscall(SYS_gettid);
	return NULL;
}

int main(int argc, char *argv[])
{
	int n = atoi(argv[1]);
	long rounds = argc > 2 ? atol(argv[2]) : -1;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, (unsigned)n + 1);
	for (int i = 0; i < n; i++)
		pthread_create(&thread, NULL, loop, NULL);
	pthread_barrier_wait(&barrier);
	syscall(SYS_write, 1, "ready\n", 6);
	for (long i = 0; i != rounds; i++)
		syscall(SYS_gettid);
	leave(5);
}
