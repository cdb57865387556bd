/*
 * Calls for the rules of the output that the examples of the manual page do
 * not hold; test_rules.py names the scene.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "scenes.h"

static const char *argument;

/* 300 bytes, "0123456789" again and again. */
static const char *digits(void)
{
	static char text[301];

	for (int i = 0; i < 300; i++)
		text[i] = (char)('0' + i % 10);
	return text;
}

static void buffers(void)
{
	for (int n = 31; n <= 34; n++)
		write(-1, digits(), (size_t)n);
	for (int n = 256; n <= 257; n++)
		write(-1, digits(), (size_t)n);
}

static void paths(void)
{
	open(digits(), O_RDONLY);
}

static void escapes(void)
{
	write(-1, "\n\r\t\a\b\v\f\033\177\377", 10);
	write(-1, "\0", 1);
	write(-1, "\0" "7", 2);
	write(-1, "\0" "x", 2);
	write(-1, "a'b\"c\\d%s", 9);
	write(-1, "", 0);
}

/* Programs with more and more arguments, and as much of an environment. */
static void programs(void)
{
	static const int counts[] = {16, 17, 64, 65, 70};
	char *argv[71], *envp[71];

	for (int i = 0; i < 71; i++) {
		argv[i] = "a";
		envp[i] = "E=";
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		argv[counts[i]] = envp[counts[i]] = NULL;
		execve("/nonexistent", argv, envp);
		argv[counts[i]] = "a";
		envp[counts[i]] = "E=";
	}
}

static void directory(void)
{
	char buf[4096];
	int fd = open(argument, O_RDONLY | O_DIRECTORY);

	syscall(SYS_getdents64, fd, buf, sizeof(buf));
	syscall(SYS_getdents64, fd, buf, sizeof(buf));
}

static void vectors(void)
{
	struct iovec v[17];

	for (int i = 0; i < 17; i++)
		v[i] = (struct iovec){"x", 1};
	for (int n = 4; n <= 17; n = n == 4 ? 5 : n == 5 ? 16 : n + 1)
		writev(-1, v, n);
}

static void polls(void)
{
	struct pollfd fds[17];

	for (int i = 0; i < 17; i++)
		fds[i] = (struct pollfd){.fd = -1};
	for (unsigned n = 4; n <= 17; n = n == 4 ? 5 : n == 5 ? 16 : n + 1)
		syscall(SYS_poll, fds, n, 0);
}

static void fdsets(void)
{
	struct timeval tv = {0, 0};
	static unsigned long set[32];

	for (int n = 16; n <= 18; n++) {
		memset(set, 0, sizeof(set));
		set[0] = (1ul << n) - 1;
		syscall(SYS_select, -1, set, NULL, NULL, &tv);
		syscall(SYS_select, n, set, NULL, NULL, &tv);
	}
}

static void signals(void)
{
	unsigned long most = ~(1ul << (SIGUSR1 - 1));
	const unsigned long none = 0, all = ~0ul;

	syscall(SYS_rt_sigprocmask, 99, &none, NULL, 8);
	syscall(SYS_rt_sigprocmask, 99, &all, NULL, 8);
	syscall(SYS_rt_sigprocmask, 99, &most, NULL, 8);
}

static void faults(void)
{
	char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *end = two + 4096;
	struct iovec *v = (struct iovec *)end;
	char **strings = (char **)end;

	munmap(end, 4096);
	memcpy(end - 4, "tail", 4);
	write(-1, end - 4, 8);
	write(-1, end, 8);
	v[-1] = (struct iovec){NULL, 0};
	writev(-1, v - 1, 2);
	writev(-1, v, 2);
	strings[-1] = "one";
	execve("/nonexistent", strings - 1, NULL);
	execve("/nonexistent", (char *[]){"a", (char *)16, NULL}, NULL);
}

static void nulls(void)
{
	syscall(SYS_mmap, NULL, 0, 0, 0, -1, 0);
	syscall(SYS_write, -1, NULL, 1);
	syscall(SYS_nanosleep, NULL, NULL);
	syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY);
}

static void numbers(void)
{
	unsigned long set = 1ul << (SIGUSR1 - 1);
	const struct timespec ts = {0, 1};
	int status;

	open("/nonexistent/a", O_WRONLY | O_CREAT, 0644);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	syscall(SYS_nanosleep, &ts, NULL);
	if (syscall(SYS_fork) == 0)
		leave(3);
	syscall(SYS_wait4, -1, &status, 0, NULL);
	kill(0, 0);
}

static void stats(void)
{
	struct stat st;

	stat(argument, &st);
	stat("/dev/null", &st);
	stat("/", &st);
}

static void look_once(void)
{
	struct stat st;

	syscall(SYS_newfstatat, AT_FDCWD, argument, &st, 0);
}

static void look_on(void)
{
	for (;;)
		look_once();
}

/* A child looks, and its creator goes on when it is told to. */
static void look_beside(void)
{
	char c;

	if (fork() == 0)
		look_once();
	else if (syscall(SYS_read, 0, &c, 1) == 1)
		syscall(SYS_write, -1, "after", 5);
}

/* Calls that name a file and fill in a struct, with the two in all sorts of places. */
static void looks(void)
{
	struct {
		char name[4];
		struct statx stx;
	} beside = {.name = "/"};
	union {
		char name[8192];
		struct stat st;
	} same = {.name = "/"};
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct statfs fs;
	struct stat st;

	munmap(page + 4096, 4096);
	memcpy(page + 4096 - 6, "/dev/", 6);
	syscall(SYS_newfstatat, AT_FDCWD, "/", &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, "/nonexistent", &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, NULL, &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, 1, &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, "/", 1, 0);
	syscall(SYS_newfstatat, 1, "", &st, AT_EMPTY_PATH);
	syscall(SYS_newfstatat, AT_FDCWD, page + 4096 - 6, &st, 0);
	page[4095] = 'x';
	syscall(SYS_newfstatat, AT_FDCWD, page + 4096 - 6, &st, 0);
	syscall(SYS_newfstatat, AT_FDCWD, page + 4096 - 6, page, 0);
	syscall(SYS_statx, AT_FDCWD, beside.name, 0, STATX_ALL, &beside.stx);
	syscall(SYS_statfs, "/", &fs);
	syscall(SYS_newfstatat, AT_FDCWD, same.name, &same, 0);
	memset(same.name, '/', 50);
	same.name[50] = '\0';
	syscall(SYS_newfstatat, AT_FDCWD, same.name, same.name + 16, 0);
	munmap(page, 4096);
}

static void modes(void)
{
	const mode_t all[] = {S_IFREG | 04755, S_IFDIR | S_ISVTX | 0777, S_IFIFO, S_IFSOCK | 0600, S_IFBLK | 02000};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		syscall(SYS_mknod, "/nonexistent/a", all[i], 0x801);
}

static void flags(void)
{
	syscall(SYS_openat, -1, "a", 0);
	syscall(SYS_openat, -1, "a", O_WRONLY | O_APPEND | O_NONBLOCK);
	syscall(SYS_mprotect, 1, 0, 0);
	syscall(SYS_mprotect, 1, 0, PROT_READ | PROT_EXEC);
	syscall(SYS_mprotect, 1, 0, 0x40000000);
	syscall(SYS_lseek, -1, 0, 77);
	syscall(SYS_socket, 999, 1, 0);
}

static void statuses(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);	/* the others do not stop an orphaned process group */
		for (;;)
			pause();
	}
	syscall(SYS_wait4, pid, &status, WUNTRACED, NULL);
	kill(pid, SIGCONT);
	syscall(SYS_wait4, pid, &status, WCONTINUED, NULL);
	kill(pid, SIGABRT);
	syscall(SYS_wait4, pid, &status, 0, NULL);
}

static void ready(void)
{
	struct pollfd p[2] = {{.fd = -1, .events = POLLIN}};
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT, .data.u64 = 7}, got[4];
	struct timespec zero = {0, 0};
	unsigned long in[16] = {0}, out[16] = {0};
	int fds[2], epfd;

	pipe(fds);
	p[1] = (struct pollfd){.fd = fds[1], .events = POLLOUT};
	syscall(SYS_ppoll, p, 2, &zero, NULL, 8);
	syscall(SYS_poll, p, 1, 0);
	in[0] = 1ul << fds[0];
	out[0] = 1ul << fds[1];
	syscall(SYS_pselect6, fds[1] + 1, in, out, NULL, &zero, NULL);
	epfd = epoll_create1(0);
	epoll_ctl(epfd, EPOLL_CTL_ADD, fds[1], &ev);
	syscall(SYS_epoll_wait, epfd, got, 4, 0);
	syscall(SYS_epoll_pwait, epfd, got, 4, 0, NULL, 8);
}

static void both_ways(void)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(fd, SIOCGIFINDEX, &ifr);
	ifr.ifr_name[0] = 'x';
	ioctl(fd, SIOCGIFINDEX, &ifr);
	ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xab, 9, 12), &ifr);
}

/* Waits for ever in a call whose beginning is long. */
static void long_wait(void)
{
	syscall(SYS_openat, AT_FDCWD, argument, O_RDONLY);
}

static void *spin(void *arg)
{
	for (;;)
		syscall(SYS_gettid);
	return arg;
}

static void *look(void *arg)
{
	char c;

	for (;;)
		syscall(SYS_readlink, digits(), &c, 1);
	return arg;
}

/* A long call whose end has something to say, beside another thread that talks all the time. */
static void long_call(void)
{
	char c;
	pthread_t thread;

	pthread_create(&thread, NULL, spin, NULL);
	pthread_create(&thread, NULL, look, NULL);
	syscall(SYS_read, 0, &c, 1);
}

static void *go_on(void *arg)
{
	char *argv[71];

	for (int i = 0; i < 70; i++)
		argv[i] = i < 2 ? "/bin/true" : "abcdefgh";
	argv[70] = NULL;
	syscall(SYS_execve, argv[0], argv, argv + 70);
	return arg;
}

/* The last thread of several, which is not the first, becomes a program with many words. */
static void long_exec(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin, NULL);
	pthread_create(&thread, NULL, go_on, NULL);
	for (;;)
		pause();
}

static __attribute__((noinline)) long descend(int depth)
{
	long r = depth > 0 ? descend(depth - 1) : syscall(SYS_write, -1, "deep", 4);

	__asm__ volatile("" : "+r"(r));	/* no call in the place of the return */
	return r;
}

static void deep(void)
{
	descend(50);
}

static const struct scene scenes[] = {
	{"buffers", buffers}, {"paths", paths}, {"escapes", escapes}, {"programs", programs}, {"directory", directory},
	{"vectors", vectors}, {"polls", polls}, {"fdsets", fdsets}, {"signals", signals}, {"faults", faults},
	{"nulls", nulls}, {"numbers", numbers}, {"stats", stats}, {"modes", modes}, {"flags", flags},
	{"statuses", statuses}, {"ready", ready}, {"both_ways", both_ways}, {"long_wait", long_wait}, {"looks", looks},
	{"look", look_once}, {"look_on", look_on}, {"look_beside", look_beside}, {"long_call", long_call},
	{"long_exec", long_exec}, {"deep", deep},
};

int main(int argc, char *argv[])
{
	sigset_t chld;

	/* When SIGCHLD comes, before the wait or within it, is chance. */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	argument = argc > 2 ? argv[2] : NULL;
	return play_scene(scenes, sizeof(scenes) / sizeof(scenes[0]), argc > 1 ? argv[1] : NULL);
}
