/*
 * Many threads: `crowd N rounds [idle]`.  N threads make `rounds` calls
 * each; with `idle`, the first one alone makes N * rounds calls, and the
 * others wait.  Prints how long that took, in nanoseconds, without the time
 * that it takes to make and to end the threads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t begin, end;
static long rounds;

static void calls(long n)
{
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
}

static void *one(void *arg)
{
	pthread_barrier_wait(&begin);
	calls(rounds);
	pthread_barrier_wait(&end);
	return arg;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char *argv[])
{
	long n = argc > 1 ? atol(argv[1]) : 1;
	long all = argc > 2 ? atol(argv[2]) : 1;
	int idle = argc > 3 && strcmp(argv[3], "idle") == 0;
	pthread_attr_t small;
	pthread_t thread;

	rounds = idle ? 0 : all;
	pthread_barrier_init(&begin, NULL, (unsigned)n);
	pthread_barrier_init(&end, NULL, (unsigned)n);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (long i = 1; i < n; i++) {
		int err = pthread_create(&thread, &small, one, NULL);

		if (err != 0) {
			fprintf(stderr, "thread %ld: %s\n", i, strerror(err));
			return 1;
		}
	}
	pthread_barrier_wait(&begin);
	long long from = now();
	calls(idle ? n * all : rounds);
	if (!idle)
		pthread_barrier_wait(&end);
	printf("%lld\n", now() - from);
	return 0;
}
