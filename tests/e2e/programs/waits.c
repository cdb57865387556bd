/*
 * Blocks in a call until a signal or data comes.
 *	waits CALL [HANDLER]
 * HANDLER: for SIGUSR1, "plain", "restart", or none: default action.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
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
	mark_end();
	leave(0);
}
