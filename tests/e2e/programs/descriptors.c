/* Descriptors of all sorts: descriptors DIRECTORY */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rule.h"

#define ASK(fd) fcntl(fd, F_GETFD)	/* a call that does nothing else */

static void files(const char *directory)
{
	chdir(directory);
	int fd = open("file", O_RDWR | O_CREAT, 0600), other = dup(fd);
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	close(openat(dir, "file", O_RDONLY));
	rename("file", "renamed");
	ASK(fd);
	close(fcntl(other, F_DUPFD, dir));	/* its number, or a higher one */
	unlink("renamed");
	ASK(other);
	close(fd);
	close(fd);	/* nothing is behind it now */
	close(other);
	close(dir);
}

static void inet(int family, struct sockaddr *address, socklen_t size)
{
	int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);

	bind(server, address, size);
	listen(server, 1);
	getsockname(server, address, &size);
	connect(client, address, size);
	int accepted = accept(server, NULL, NULL);
	ASK(server);
	ASK(client);
	ASK(accepted);
	close(client);
	ASK(accepted);	/* its peer is gone, its name is not */
	close(accepted);
	close(server);
}

static void sockets(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int pair[2];

	inet(AF_INET, (struct sockaddr *)&in, sizeof(in));
	inet(AF_INET6, (struct sockaddr *)&in6, sizeof(in6));
	inet(AF_UNIX, (struct sockaddr *)&un, sizeof(un));
	unlink("socket");
	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	close(pair[0]);
	close(pair[1]);
}

static void others(void)
{
	int ends[2], e = epoll_create1(0);
	fd_set set;

	pipe(ends);
	FD_ZERO(&set);
	FD_SET(ends[1], &set);
	select(ends[1] + 1, NULL, &set, NULL, NULL);
	close(e);
	close(ends[0]);
	close(ends[1]);
}

/* A thread with descriptors of its own: the same number is another socket there. */
static void *apart(void *arg)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	unshare(CLONE_FILES);
	dup2(socket(AF_INET, SOCK_STREAM, 0), *(int *)arg);
	bind(*(int *)arg, (struct sockaddr *)&in, sizeof(in));
	ASK(*(int *)arg);
	return NULL;
}

static void threads(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pthread_t thread;

	pthread_create(&thread, NULL, apart, &fd);
	pthread_join(thread, NULL);
	close(fd);
}

int main(int argc, char **argv)
{
	mark_begin();
	files(argv[1]);
	sockets();
	others();
	threads();
	mark_end();
	leave(argc - 2);
}
