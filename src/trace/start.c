/*
 * The command.  Its process is made first, waits while we seize it, and then
 * execs; tracing begins after that.  It is made before we change anything
 * about ourselves, so that it inherits what we were given and nothing else.
 */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "seccomp.h"
#include "util/number.h"
#include "util/report.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* In the child.  A failure is told; false: it is the end. */
static bool install_filter(const struct trace *tr, int failure)
{
	bool forced = tr->opt->where == FILTER_KERNEL;
	int r = tr->program ? seccomp_install(tr->program, tr->program_size, forced) : 0;
	const struct command_failure why = {COMMAND_FILTER, -r};

	return r == 0 || (write(failure, &why, sizeof(why)) == sizeof(why) && !forced);
}

/* In the child: waits to be traced, and becomes the command. */
static void become(const struct trace *tr, int go, int failure)
{
	const struct options *opt = tr->opt;
	char c;
	ssize_t n;

	do
		n = read(go, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1 && install_filter(tr, failure)) {	/* otherwise our parent gave up */
		struct command_failure why = command_become(opt);
		if (write(failure, &why, sizeof(why)) < 0)
			_exit(EXIT_FAILURE);	/* nobody is there to be told */
	}
	_exit(EXIT_NOT_FOUND);
}

int start_fork(struct trace *tr)
{
	int go[2] = {-1, -1}, failure[2] = {-1, -1}, err = 0;

	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failure, O_CLOEXEC) < 0) {
		err = errno;
	} else if ((tr->command = fork()) < 0) {
		err = errno;
		tr->command = 0;
	} else if (tr->command == 0) {
		close(go[1]);
		close(failure[0]);
		become(tr, go[0], failure[1]);
	}
	close_fd(&go[0]);
	close_fd(&failure[1]);
	if (err != 0) {
		close_fd(&go[1]);
		close_fd(&failure[0]);
	}
	tr->go_fd = go[1];
	tr->failure_fd = failure[0];
	return -err;
}

int start_seize(struct trace *tr)
{
	/* Whoever carries the filter needs a tracer: children too, to be followed or not. */
	const unsigned long with_filter =
		PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	int r = attach_seize(tr, tr->command, PTRACE_O_EXITKILL | (tr->program ? with_filter : 0));

	if (r < 0)
		return r;
	struct tracee *t = tracees_add(&tr->tracees, tr->command);
	if (!t)
		return -ENOMEM;
	t->phase = PHASE_STARTING;
	t->filtered = tr->program != NULL;
	engine_count(tr, t, 1);
	return 0;
}

void start_go(struct trace *tr)
{
	ssize_t n;

	do
		n = write(tr->go_fd, "", 1);
	while (n < 0 && errno == EINTR);
	close_fd(&tr->go_fd);
}

void start_cancel(struct trace *tr)
{
	if (tr->command == 0)
		return;
	kill(tr->command, SIGKILL);
	while (waitpid(tr->command, NULL, __WALL) < 0 && errno == EINTR)
		;
	tr->command = 0;
	close_fd(&tr->go_fd);
	close_fd(&tr->failure_fd);
}

/* The exec has closed the child's end of the pipe.  If it has written there, it goes without the filter. */
static void look_at_filter(struct trace *tr, struct tracee *t)
{
	struct command_failure why;

	if (!tr->program || read(tr->failure_fd, &why, sizeof(why)) != sizeof(why))
		return;
	free(tr->program);
	tr->program = NULL;
	t->filtered = false;
	attach_limit(tr, t);
}

void start_stop(struct trace *tr, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		look_at_filter(tr, t);
		close_fd(&tr->failure_fd);
		t->phase = PHASE_TRACED;
		stop_handle(tr, t, status);
	} else if (event == 0) {
		engine_go(tr, t, (struct go){PTRACE_CONT, sig});
	} else {
		engine_go(tr, t, (struct go){sig == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, 0});
	}
}

/* `-s 1000 command` is what strace takes. */
static const char *limit_hint(const struct options *opt)
{
	long n;

	return opt->stack && parse_number(opt->command[0], 0, LONG_MAX, &n)
		       ? " (-s takes no number: for the length of strings, see --string-limit)"
		       : "";
}

/* Returns the exit status for it. */
static int report_failure(const struct options *opt, const struct command_failure *why)
{
	switch (why->step) {
	case COMMAND_FILTER:
		report("cannot filter in the kernel: %s", strerror(why->err));
		return EXIT_FAILURE;
	case COMMAND_USER:
		report("cannot become user %s: %s", opt->user.name, strerror(why->err));
		return EXIT_FAILURE;
	case COMMAND_MEMORY:
		report("cannot set the environment: %s", strerror(why->err));
		return EXIT_FAILURE;
	case COMMAND_EXEC:
		break;
	}
	report("%s: %s%s", opt->command[0], strerror(why->err), limit_hint(opt));
	return why->err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

void start_death(struct trace *tr, struct tracee *t)
{
	struct command_failure why;
	bool failed = false;

	(void)t;
	while (read(tr->failure_fd, &why, sizeof(why)) == sizeof(why))
		failed = why.step != COMMAND_FILTER || tr->opt->where == FILTER_KERNEL;
	if (failed) {
		tr->error = report_failure(tr->opt, &why);
		engine_leave_all(tr);
	}
	close_fd(&tr->failure_fd);
}
