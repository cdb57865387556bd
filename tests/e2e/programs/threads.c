/*
 * Threads: N of them that wait, and then the main thread does what its
 * first argument says.  "ready" on standard output tells that all wait.
 *	exit: exits the process   exec: another thread becomes argv[3]
 *	leader: the main thread ends, and another thread becomes argv[3]   wait: waits too
 *	late: makes them after a byte on standard input, and exits after another
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "rule.h"

static pthread_barrier_t barrier;
static char **command;

static void *wait_forever(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	for (;;)
		syscall(SYS_pause);
	return NULL;
}

static void *become(void *arg)
{
	char c;

	(void)arg;
	pthread_barrier_wait(&barrier);
	syscall(SYS_read, 0, &c, 1);
	syscall(SYS_execve, command[0], command, command + 1);
	leave(1);
	return NULL;
}

int main(int argc, char *argv[])
{
	int n = atoi(argv[2]);
	int others = !strcmp(argv[1], "exec") || !strcmp(argv[1], "leader");
	pthread_t thread;
	char c;

	command = argv + 3;
	if (!strcmp(argv[1], "late"))
		syscall(SYS_read, 0, &c, 1);
	pthread_barrier_init(&barrier, NULL, (unsigned)(n + others + 1));
	for (int i = 0; i < n; i++)
		pthread_create(&thread, NULL, wait_forever, NULL);
	if (others && argc > 3)
		pthread_create(&thread, NULL, become, NULL);
	pthread_barrier_wait(&barrier);
	syscall(SYS_write, 1, "ready\n", 6);
	if (!strcmp(argv[1], "leader"))
		syscall(SYS_exit, 0);
	else if (strcmp(argv[1], "exit") != 0 && strcmp(argv[1], "late") != 0)
		syscall(SYS_pause);
	syscall(SYS_read, 0, &c, 1);
	leave(5);
}
