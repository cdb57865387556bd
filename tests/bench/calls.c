/*
 * Work for the benchmark: N system calls of one sort, as fast as they go.
 *
 *	calls getppid N | rw N | open N | stat N directory | threads N | file N | socket N | polls N
 *
 * `stat` looks at the files 0, 1, .. 999 of the directory.  `file` and
 * `socket` read or write one descriptor, `polls` names 16 in each call.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 8, FILES = 1000, POLLED = 16 };

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void get_ppid(long n)
{
	while (n-- > 0)
		syscall(SYS_getppid);
}

static void read_write(long n)
{
	char buf[32] = "the quick brown fox jumps over.";
	int fds[2];

	must(pipe(fds) == 0, "pipe");
	for (; n > 0; n -= 2) {
		must(write(fds[1], buf, sizeof(buf)) == sizeof(buf), "write");
		must(read(fds[0], buf, sizeof(buf)) == sizeof(buf), "read");
	}
}

static void open_close(long n)
{
	for (; n > 0; n -= 2) {
		int fd = open("/dev/null", O_RDONLY);

		must(fd >= 0, "open");
		close(fd);
	}
}

static void stat_files(long n, const char *directory)
{
	struct stat st;

	must(chdir(directory) == 0, directory);
	for (; n > 0; n--) {
		char name[24];

		snprintf(name, sizeof(name), "%ld", n % FILES);
		must(stat(name, &st) == 0, name);
	}
}

static void read_file(long n)
{
	int fd = open("/etc/hostname", O_RDONLY);
	char c;

	must(fd >= 0, "open");
	while (n-- > 0)
		must(pread(fd, &c, 1, 0) >= 0, "pread");
}

/* One that is connected to another, over which nothing comes. */
static int connected(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	must(bind(server, (struct sockaddr *)&in, len) == 0 && listen(server, 1) == 0, "listen");
	must(getsockname(server, (struct sockaddr *)&in, &len) == 0, "getsockname");
	must(connect(client, (struct sockaddr *)&in, len) == 0, "connect");
	return client;
}

static void read_socket(long n)
{
	int fd = connected();
	char c;

	while (n-- > 0)
		recv(fd, &c, 1, MSG_DONTWAIT);
}

static void poll_many(long n)
{
	struct pollfd fds[POLLED];

	for (int i = 0; i < POLLED; i++)
		fds[i] = (struct pollfd){.fd = i % 2 ? open("/etc/hostname", O_RDONLY) : connected(), .events = POLLERR};
	while (n-- > 0)
		poll(fds, POLLED, 0);
}

static void *run_thread(void *n)
{
	get_ppid(*(const long *)n);
	return NULL;
}

static void run_threads(long n)
{
	long share = n / THREADS;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, run_thread, &share) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char *argv[])
{
	long n = argc > 2 ? atol(argv[2]) : 0;
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "getppid") == 0)
		get_ppid(n);
	else if (strcmp(what, "rw") == 0)
		read_write(n);
	else if (strcmp(what, "open") == 0)
		open_close(n);
	else if (strcmp(what, "stat") == 0 && argc > 3)
		stat_files(n, argv[3]);
	else if (strcmp(what, "threads") == 0)
		run_threads(n);
	else if (strcmp(what, "file") == 0)
		read_file(n);
	else if (strcmp(what, "socket") == 0)
		read_socket(n);
	else if (strcmp(what, "polls") == 0)
		poll_many(n);
	else
		return 2;
	return 0;
}
