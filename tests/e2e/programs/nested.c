/*
 * Processes whose ids are others inside of their namespaces than outside.
 * argv[1]: pids or users.  77: they cannot be made here.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "rule.h"

static void pids(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		leave(77);
	mark_begin();
	if (fork() == 0) {
		syscall(SYS_getpid);
		if (fork() == 0) {
			syscall(SYS_getpid);
			leave(0);
		}
		wait(NULL);
		leave(0);
	}
	wait(NULL);
}

static void map(pid_t pid, const char *what, const char *line)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		leave(77);
	close(fd);
}

static void users(void)
{
	int made[2], mapped[2];
	char c;

	if (pipe(made) < 0 || pipe(mapped) < 0)
		leave(1);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0)
			leave(77);
		write(made[1], "x", 1);
		close(mapped[1]);
		if (read(mapped[0], &c, 1) != 1 || setresgid(15, 16, 15) < 0 || setresuid(3, 14, 3) < 0)
			leave(77);
		mark_begin();
		syscall(SYS_getuid);
		syscall(SYS_getgid);
		leave(0);
	}
	close(made[1]);
	if (read(made[0], &c, 1) != 1)
		leave(77);
	map(pid, "uid_map", "0 100000 5\n10 200000 10\n");
	map(pid, "gid_map", "0 100000 65536\n");
	write(mapped[1], "x", 1);
	wait(NULL);
}

int main(int argc, char *argv[])
{
	(void)argc;
	if (!strcmp(argv[1], "pids"))
		pids();
	else
		users();
	mark_end();
	leave(0);
}
