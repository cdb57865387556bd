/*
 * Blocks in a call until a signal or data comes.
 *	waits CALL [HANDLER]
 * HANDLER: for SIGUSR1, "plain", "restart", or none: default action.
 * Some write a line each time something else ends the call, and wait again.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "rule.h"

static void ignore(int sig)
{
	(void)sig;
}

static void handle(const char *how)
{
	struct sigaction sa = {.sa_handler = ignore};

	if (!strcmp(how, "ignored"))
		sa.sa_handler = SIG_IGN;
	if (!strcmp(how, "restart"))
		sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
}

/* Makes no calls for a while: the kernel need not be asked for the time. */
static void compute(int ms)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += ms * 1000000;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - end.tv_sec) * 1000000000 + now.tv_nsec - end.tv_nsec < 0);
}

/* A call that is not made again after a stop (signal(7)), before which it computes.  In ms; timeout -1: none. */
static void wait_epoll(int before, int timeout)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC), n;

	epoll_ctl(fd, EPOLL_CTL_ADD, 0, &event);
	do {
		compute(before);
		n = (int)syscall(SYS_epoll_pwait, fd, &event, 1, timeout, NULL, 8);
		if (n < 0)
			write(1, "interrupted\n", 12);
	} while (n <= 0);
	write(1, "data\n", 5);
}

static void say(int sig)
{
	(void)sig;
	write(1, "signal\n", 7);
}

/* Signals come while it is in a call that blocks, or around calls that do not. */
static void wait_signals(long call)
{
	struct sigaction sa = {.sa_handler = say};

	sigaction(SIGUSR1, &sa, NULL);
	write(1, "ready\n", 6);
	for (;;)
		syscall(call);
}

static void spin(void)
{
	write(1, "ready\n", 6);
	for (volatile int i = 0; i < 1; )
		;
}

int main(int argc, char *argv[])
{
	struct timespec minute = {60, 0};
	char c;

	if (argc > 2)
		handle(argv[2]);
	mark_begin();
	if (!strcmp(argv[1], "pause"))
		syscall(SYS_pause);
	else if (!strcmp(argv[1], "read"))
		syscall(SYS_read, 0, &c, 1);
	else if (!strcmp(argv[1], "nanosleep"))
		syscall(SYS_nanosleep, &minute, NULL);
	else if (!strcmp(argv[1], "spin"))
		spin();
	else if (!strcmp(argv[1], "epoll"))
		wait_epoll(0, -1);
	else if (!strcmp(argv[1], "epoll-often"))
		wait_epoll(2, 1);
	else if (!strcmp(argv[1], "signals"))
		wait_signals(SYS_pause);
	else if (!strcmp(argv[1], "signals-often"))
		wait_signals(SYS_gettid);
	mark_end();
	leave(0);
}
