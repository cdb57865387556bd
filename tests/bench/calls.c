/*
 * Work for the benchmark: N system calls of one sort, as fast as they go.
 *
 *	calls getppid N | rw N | open N | stat N directory | threads N
 *
 * `stat` looks at the files 0, 1, .. 999 of the directory.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 8, FILES = 1000 };

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
	else
		return 2;
	return 0;
}
