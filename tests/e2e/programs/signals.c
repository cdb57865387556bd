/* Signals outside of calls. */
#include <signal.h>
#include <string.h>

#include "rule.h"

static void ignore(int sig)
{
	(void)sig;
}

int main(int argc, char *argv[])
{
	sigset_t set, old;

	(void)argc;
	signal(SIGUSR1, ignore);
	signal(SIGUSR2, ignore);
	signal(SIGTRAP, ignore);
	signal(SIGRTMIN + 3, ignore);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	if (!strcmp(argv[1], "pending")) {
		sigprocmask(SIG_BLOCK, &set, &old);
		kill(getpid(), SIGUSR1);
		kill(getpid(), SIGUSR2);
		mark_begin();
		sigprocmask(SIG_SETMASK, &old, NULL);
	} else if (!strcmp(argv[1], "trap")) {
		mark_begin();
#ifdef __x86_64__
		__asm__ volatile("int3");
#else
		raise(SIGTRAP);
#endif
	} else {
		pid_t pid = getpid();
		mark_begin();
		syscall(SYS_kill, pid, !strcmp(argv[1], "realtime") ? SIGRTMIN + 3 : SIGUSR1);
	}
	mark_end();
	leave(0);
}
