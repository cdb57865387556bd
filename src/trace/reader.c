#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "away.h"
#include "util/report.h"

struct start {
	const char *command;
	int input;	/* the end of the pipe that it reads */
	int talk[2];	/* ours and its */
};

/* Tells its pid, and goes on when it is known: so the pid cannot be another's by then. */
static void become(void *ctx)
{
	const struct start *s = ctx;
	pid_t self = getpid();
	char c;

	close(s->talk[0]);
	if (write(s->talk[1], &self, sizeof(self)) != sizeof(self) || read(s->talk[1], &c, 1) != 1)
		_exit(EXIT_NOT_FOUND);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	/* It is close-on-exec, unless duplicated. */
	if (s->input == STDIN_FILENO ? fcntl(s->input, F_SETFD, 0) == 0 : dup2(s->input, STDIN_FILENO) >= 0)
		execl(_PATH_BSHELL, "sh", "-c", s->command, (char *)NULL);
	_exit(EXIT_NOT_FOUND);
}

/* Returns the descriptor of the process, or -errno. */
static int meet(int child)
{
	pid_t pid;
	ssize_t n;

	while ((n = read(child, &pid, sizeof(pid))) < 0 && errno == EINTR)
		;
	if (n != sizeof(pid))
		return -ECHILD;
	int pidfd = pidfd_open(pid, 0);
	int err = errno;
	if (pidfd >= 0 && write(child, "", 1) != 1) {
		err = errno;
		close(pidfd);
		pidfd = -1;
	}
	return pidfd < 0 ? -err : pidfd;
}

int reader_start(struct reader *r, const char *command)
{
	struct start start = {.command = command};
	int data[2], err;

	if (pipe2(data, O_CLOEXEC) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, start.talk) < 0) {
		err = -errno;
		close(data[0]);
		close(data[1]);
		return err;
	}
	start.input = data[0];
	err = away_run(become, &start);
	close(data[0]);
	close(start.talk[1]);
	r->fd = data[1];
	r->pidfd = err < 0 ? err : meet(start.talk[0]);
	close(start.talk[0]);
	if (r->pidfd < 0)
		close(data[1]);
	return r->pidfd < 0 ? r->pidfd : 0;
}

static void ignore(int sig)
{
	(void)sig;
}

void reader_wait(struct reader *r, void (*serve)(void *ctx), void *ctx)
{
	struct pollfd ended = {.fd = r->pidfd, .events = POLLIN};
	sigset_t set, former, during;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &former);	/* but while it waits: none may come between serving and waiting */
	signal(SIGTERM, SIG_DFL);	/* the ways out, if it never ends */
	signal(SIGHUP, SIG_DFL);
	signal(SIGCHLD, ignore);
	during = former;
	sigdelset(&during, SIGCHLD);
	do
		serve(ctx);
	while (ppoll(&ended, 1, NULL, &during) < 0 && errno == EINTR);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &former, NULL);
	close(r->pidfd);
}
