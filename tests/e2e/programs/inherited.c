/* Writes what it was given: descriptors, blocked and ignored signals, the process group, affinity. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "rule.h"

int main(void)
{
	sigset_t set;
	cpu_set_t cpus;

	for (int fd = 0; fd < 256; fd++)
		if (dup2(fd, fd) == fd)
			printf("fd %d\n", fd);
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int sig = 1; sig < 65; sig++) {
		struct sigaction sa;
		if (sigismember(&set, sig) == 1)
			printf("blocked %d\n", sig);
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			printf("handled %d\n", sig);
	}
	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("group %d session %d cpus %d alarm %u\n", getpgrp(), getsid(0), CPU_COUNT(&cpus), alarm(0));
	return 0;
}
