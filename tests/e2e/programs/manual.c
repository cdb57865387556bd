/*
 * The examples of the manual page: trace.1 names one of these scenes in front
 * of each, and test_manual.py compares what the page promises with a trace.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "scenes.h"

static void zero(void)
{
	char buf[8];
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	read(fd, buf, 4);
	close(fd);
}

static void missing(void)
{
	open("/nonexistent", O_RDONLY);
}

static char *edge;	/* behind this, there is no memory */

static void make_edge(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);

	edge = (char *)mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + size;
	munmap(edge, size);
	memcpy(edge - 4, "tail", 4);
}

static void fault(void)
{
	const struct iovec vector = {edge - 4, 4};

	syscall(SYS_write, -1, (char *)16, 5);
	syscall(SYS_openat, AT_FDCWD, (char *)16, O_RDONLY);
	syscall(SYS_write, -1, edge - 4, 8);
	syscall(SYS_writev, -1, memcpy(edge - 4 - sizeof(vector), &vector, sizeof(vector)), 2);
}

static void unknown(void)
{
	syscall(1000, 1, 2, 3, 4, 5, 6);
}

static void strings(void)
{
	static const char text[] = "tab\t quote\" slash\\ bell\a \x80 nul\0" "1";

	write(-1, text, sizeof(text) - 1);
	write(-1, "a string that is longer than thirty-two bytes", 45);
}

static void structs(void)
{
	struct stat st;
	int fd = open("/dev/null", O_RDWR);

	syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH);
}

static void conditional(void)
{
	open("/nonexistent/a", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	open("/nonexistent/a", O_WRONLY | O_TRUNC);
}

static void leftovers(void)
{
	syscall(SYS_openat, AT_FDCWD, "/nonexistent", O_RDWR | 0x80000000);
	mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void unnamed(void)
{
	const struct timespec ts = {0, 1000};

	syscall(SYS_nanosleep, &ts, NULL);
}

static void arrays(void)
{
	struct pollfd fds[6] = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = -1}};

	syscall(SYS_poll, fds, 0, 0);
	syscall(SYS_poll, fds, 6, 0);
}

static void sigsets(void)
{
	sigset_t some, most;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGUSR2);
	sigprocmask(SIG_BLOCK, &some, NULL);
	sigfillset(&most);
	sigdelset(&most, SIGINT);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &most, NULL, 8);
}

static void fdsets(void)
{
	struct timeval tv = {0, 0};
	fd_set set;
	int fd = open("/dev/null", O_RDWR);

	FD_ZERO(&set);
	FD_SET(fd, &set);
	syscall(SYS_select, fd + 1, &set, NULL, NULL, &tv);
}

static void modes(void)
{
	syscall(SYS_chmod, "/nonexistent", 0755);
	syscall(SYS_mknod, "/nonexistent/a", S_IFCHR | 0600, makedev(5, 1));
}

static void statuses(void)
{
	int status;

	if (syscall(SYS_clone, SIGCHLD, NULL) == 0)
		leave(3);
	wait(&status);
	if (syscall(SYS_clone, SIGCHLD, NULL) == 0)
		kill(getpid(), SIGKILL);
	wait(&status);
}

static void ioctls(void)
{
	int fd = open("/dev/null", O_RDWR), n;

	ioctl(fd, FIONREAD, &n);
	syscall(SYS_ioctl, fd, _IOW('T', 250, double), NULL);
}

static void also(void)
{
	syscall(SYS_getpid);
	syscall(SYS_getuid);
	syscall(SYS_getgid);
}

static void polls(void)
{
	int fds[2];
	struct pollfd p;

	pipe(fds);
	p = (struct pollfd){.fd = fds[1], .events = POLLIN | POLLOUT};
	syscall(SYS_poll, &p, 1, 0);
}

static void locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = memfd_create("lock", 0);

	fcntl(fd, F_GETLK, &lock);
	fcntl(fd, F_GETFL);
}

static void pidfds(void)
{
	int pidfd = -1;
	struct clone_args args = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};

	if (syscall(SYS_clone3, &args, sizeof(args)) == 0)
		leave(0);
	wait(NULL);
}

static void vectors(void)
{
	struct iovec v[2] = {{.iov_base = "one", .iov_len = 3}, {.iov_base = "two", .iov_len = 3}};

	writev(-1, v, 2);
}

static void sockets(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};

	connect(-1, (struct sockaddr *)&in, sizeof(in));
	connect(-1, (struct sockaddr *)&un, sizeof(un));
}

static void rights(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {{.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec v = {.iov_base = "x", .iov_len = 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.space)};
	int fds[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	memcpy(CMSG_DATA(&control.header), &fds[0], sizeof(int));
	sendmsg(fds[1], &m, 0);
}

static void pipes(void)
{
	int fds[2];

	pipe2(fds, O_CLOEXEC);
	syscall(SYS_pipe2, NULL, 0);
}

static void programs(void)
{
	char *argv[] = {"true", "-v", NULL}, *envp[] = {"HOME=/", "LANG=C", NULL};

	execve("/nonexistent", argv, envp);
}

static void futexes(void)
{
	unsigned word = 0;

	syscall(SYS_futex, &word, 1 | 128, 1);
	syscall(SYS_fcntl, 0, F_DUPFD_CLOEXEC, -1);
}

static const struct scene scenes[] = {
	{"zero", zero}, {"missing", missing}, {"fault", fault}, {"unknown", unknown}, {"strings", strings},
	{"structs", structs}, {"conditional", conditional}, {"leftovers", leftovers}, {"unnamed", unnamed},
	{"arrays", arrays}, {"sigsets", sigsets}, {"fdsets", fdsets}, {"modes", modes}, {"statuses", statuses},
	{"ioctls", ioctls}, {"also", also}, {"polls", polls}, {"locks", locks}, {"pidfds", pidfds},
	{"vectors", vectors}, {"sockets", sockets}, {"rights", rights}, {"pipes", pipes}, {"programs", programs},
	{"futexes", futexes},
};

int main(int argc, char *argv[])
{
	sigset_t chld;

	/* When SIGCHLD comes, before the wait or within it, is chance. */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	make_edge();
	return play_scene(scenes, sizeof(scenes) / sizeof(scenes[0]), argc > 1 ? argv[1] : NULL);
}
