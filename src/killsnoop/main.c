/* killsnoop: shows who sends signals to whom. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "options.h"
#include "snoop.h"
#include "util/fds.h"
#include "util/report.h"

/* A descriptor that gets readable when we are asked to stop, from now on: nothing of ours must stay in tracefs. */
static int stop_signals(void)
{
	struct sigaction hangup;
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGQUIT);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)	/* as nohup(1) leaves it */
		sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);	/* a write fails instead */
	return signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	struct options options;
	int status = EXIT_USAGE;

	report_program("killsnoop");
	fds_fill_standard();
	switch (options_parse(&options, argc, argv)) {
	case PARSED_HELP:
		status = 0;
		if (fflush(stdout) != 0)
			die(1, "standard output: %s", strerror(errno));
		break;
	case PARSED_ERROR:
		break;
	case PARSED_RUN: {
		int stop = stop_signals();
		if (stop < 0)
			die(1, "signalfd: %s", strerror(errno));
		status = snoop(&options, stop);
		close(stop);
		break;
	}
	}
	options_free(&options);
	return status;
}
