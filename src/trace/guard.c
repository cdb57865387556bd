#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

enum { NFORWARDED = sizeof(forwarded) / sizeof(forwarded[0]) };

/* Handlers have nowhere else to look. */
static volatile sig_atomic_t tracer;

/* What comes from a terminal, the tracer gets itself. */
static void forward(int sig, siginfo_t *si, void *context)
{
	int saved = errno;

	(void)context;
	if (si->si_code <= 0)
		kill((pid_t)tracer, sig);
	errno = saved;
}

int guard_exit_as(int status)
{
	const struct rlimit no_core = {0, 0};	/* the core is the command's */
	sigset_t set;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	int sig = WTERMSIG(status);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), sig);
	return 128 + sig;
}

/* A signal that we were told to ignore stays so, as in the tracer. */
static void handle(int sig)
{
	struct sigaction old, new = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO};

	sigemptyset(&new.sa_mask);
	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(sig, &new, NULL);
}

/* The process in front. */
static void wait_for_end(int fd, const sigset_t *mask)
{
	int status;
	ssize_t n;

	for (int i = 0; i < NFORWARDED; i++)
		handle(forwarded[i]);
	signal(SIGQUIT, SIG_IGN);	/* the information key */
	sigprocmask(SIG_SETMASK, mask, NULL);
	do
		n = read(fd, &status, sizeof(status));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(status))	/* the tracer died */
		while (waitpid((pid_t)tracer, &status, 0) < 0)
			if (errno != EINTR)
				_exit(EXIT_FAILURE);
	_exit(guard_exit_as(status));
}

int guard_fork(void)
{
	pid_t front = getpid(), child;
	sigset_t set, mask;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	sigemptyset(&set);
	for (int i = 0; i < NFORWARDED; i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, &mask);
	child = fork();
	if (child > 0) {
		tracer = child;
		close(fds[1]);
		wait_for_end(fds[0], &mask);
	}
	int err = errno;
	close(fds[0]);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (child < 0) {
		close(fds[1]);
		return -err;
	}
	/* Who kills trace means all of it, and with it what it started. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != front)
		_exit(EXIT_FAILURE);
	return fds[1];
}

void guard_end(int fd, int status)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGQUIT, SIGPIPE};
	int null;
	ssize_t n;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	/* Somebody may wait for the end of what we write to. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int i = 0; i <= STDERR_FILENO && null >= 0; i++)
		dup2(null, i);
	prctl(PR_SET_PDEATHSIG, 0);
	do
		n = write(fd, &status, sizeof(status));
	while (n < 0 && errno == EINTR);
	close(fd);
}
