#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/report.h"

/* Tells its pid, and goes on when it is known: so the pid cannot be another's by then. */
static void become(int input, int parent, const char *command)
{
	pid_t self = getpid();
	char c;

	if (write(parent, &self, sizeof(self)) != sizeof(self) || read(parent, &c, 1) != 1)
		_exit(EXIT_NOT_FOUND);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	/* It is close-on-exec, unless duplicated. */
	if (input == STDIN_FILENO ? fcntl(input, F_SETFD, 0) == 0 : dup2(input, STDIN_FILENO) >= 0)
		execl(_PATH_BSHELL, "sh", "-c", command, (char *)NULL);
	_exit(EXIT_NOT_FOUND);
}

/* Makes the reader as a child of a process that ends at once. */
static int fork_away(int input, const int talk[2], const char *command)
{
	pid_t middle = fork();

	if (middle < 0)
		return -errno;
	if (middle == 0) {
		close(talk[0]);
		pid_t pid = fork();
		if (pid == 0)
			become(input, talk[1], command);
		_exit(pid < 0 ? errno : 0);
	}
	int status;
	while (waitpid(middle, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
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
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
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
	int data[2], talk[2], err;

	if (pipe2(data, O_CLOEXEC) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) < 0) {
		err = -errno;
		close(data[0]);
		close(data[1]);
		return err;
	}
	err = fork_away(data[0], talk, command);
	close(data[0]);
	close(talk[1]);
	r->fd = data[1];
	r->pidfd = err < 0 ? err : meet(talk[0]);
	close(talk[0]);
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
