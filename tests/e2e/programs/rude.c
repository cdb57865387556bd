/*
 * Puts bytes that steer terminals wherever a program can put bytes: its name,
 * its arguments, paths, data, names of sockets and memory files.
 *
 *	rude DIRECTORY [image]
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "rule.h"

#define RUDE "\033]0;x\007\033[2J\r\b\t\n\013\014\177\233[31m\302\233>\001\002\003\004\005\"<"

static void files(const char *directory)
{
	char path[4096], buf[64];

	snprintf(path, sizeof(path), "%s/%s", directory, RUDE);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	write(fd, RUDE, sizeof(RUDE));
	lseek(fd, 0, SEEK_SET);
	read(fd, buf, sizeof(buf));
	unlink(path);
	write(fd, RUDE, sizeof(RUDE));
	close(fd);
	fd = memfd_create(RUDE, 0);
	fcntl(fd, F_GETFD);
	close(fd);
}

static void sockets(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0" RUDE};
	int a = socket(AF_UNIX, SOCK_STREAM, 0), b = socket(AF_UNIX, SOCK_STREAM, 0);

	bind(a, (struct sockaddr *)&address, sizeof(address));
	listen(a, 1);
	connect(b, (struct sockaddr *)&address, sizeof(address));
	fcntl(b, F_GETFD);
	close(a);
	close(b);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		mark_begin();
		files(argv[1]);
		sockets();
		prctl(PR_SET_NAME, RUDE);
		pid_t pid = fork();
		if (pid == 0)
			leave(0);
		waitpid(pid, NULL, 0);
		execle("/proc/self/exe", RUDE, argv[1], "image", RUDE, (char *)NULL, (char *[]){(char[]){RUDE "=" RUDE}, NULL});
	}
	leave(strcmp(argv[2], "image") == 0 ? 3 : 4);
}
