/*
 * Changes what is behind one descriptor in all ways, and tells the truth of it
 * before each use: changing DIRECTORY
 *
 * Every change is made by the thread itself, by another one, and by a process
 * that nobody traces.  A truth is what write(-1, TEXT, ..) says; the call after
 * it uses the descriptor.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "rule.h"

enum { FD = 9, ENOUGH = 6 };	/* to ask so often that an answer is worth remembering */

static int server, pair[2];

static void tell(const char *truth)
{
	write(-1, truth, strlen(truth));
	fcntl(FD, F_GETFD);
}

static void put_name(char *text, const struct sockaddr_in *in)
{
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
	sprintf(text + strlen(text), "%s:%u", host, ntohs(in->sin_port));
}

static void check(void)
{
	char link[4200] = "";
	struct sockaddr_storage name, peer;
	socklen_t name_len = sizeof(name), peer_len = sizeof(peer);
	struct stat st;

	if (getsockname(FD, (struct sockaddr *)&name, &name_len) < 0) {
		ssize_t n = readlink("/proc/thread-self/fd/9", link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
	} else if (name.ss_family == AF_UNIX) {
		fstat(FD, &st);
		sprintf(link, "socket:[AF_UNIX %lu]", (unsigned long)st.st_ino);
	} else {
		strcpy(link, "socket:[AF_INET ");
		put_name(link, (struct sockaddr_in *)&name);
		if (getpeername(FD, (struct sockaddr *)&peer, &peer_len) == 0) {
			strcat(link, "->");
			put_name(link, (struct sockaddr_in *)&peer);
		}
		strcat(link, "]");
	}
	for (int i = 0; i < ENOUGH; i++)
		tell(link);
}

/* The changes; each leaves FD as the next one expects it. */

static void put_over(int fd)
{
	dup2(fd, FD);
	if (fd != FD)
		close(fd);
}

static void open_file(void)
{
	put_over(open("first", O_RDWR | O_CREAT, 0600));
}

static void rename_file(void)
{
	rename("first", "renamed");
}

static void rename_directory(void)
{
	char cwd[4096];

	getcwd(cwd, sizeof(cwd));
	char *base = strrchr(cwd, '/') + 1, to[64];
	snprintf(to, sizeof(to), "../%s", strcmp(base, "one") == 0 ? "two" : "one");
	rename(cwd, to);
}

static void remove_file(void)
{
	unlink("renamed");
}

static void duplicate_over(void)
{
	put_over(open("other", O_RDWR | O_CREAT, 0600));
}

static void close_and_reopen(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(FD);
	fcntl(fd, F_DUPFD, FD);	/* the number is free: it gets that one */
	close(fd);
}

static void just_close(void)
{
	close(FD);
}

static void make_socket(void)
{
	put_over(socket(AF_INET, SOCK_STREAM, 0));
}

static void bind_socket(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	bind(FD, (struct sockaddr *)&in, sizeof(in));
}

static void connect_socket(void)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	getsockname(server, (struct sockaddr *)&in, &len);
	connect(FD, (struct sockaddr *)&in, len);
}

static void disconnect_socket(void)
{
	connect(FD, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
}

/* The peer resets the connection: nobody here makes a call on the descriptor. */
static void reset_from_afar(void)
{
	int fd = accept(server, NULL, NULL);	/* of the first connection, which is over, */
	struct linger now = {1, 0};

	make_socket();
	connect_socket();
	close(fd);
	fd = accept(server, NULL, NULL);	/* and of this one */
	check();
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* Passed to ourselves, it comes as the lowest number that is free, and that is FD. */
static void receive_rights(void)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.h = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int fillers[FD + 1], n = 0;

	*(int *)CMSG_DATA(&control.h) = pair[0];
	sendmsg(pair[1], &m, 0);
	close(FD);
	while ((fillers[n] = dup(pair[0])) < FD)
		n++;
	close(FD);	/* the last of them */
	recvmsg(pair[0], &m, 0);
	while (n-- > 0)
		close(fillers[n]);
}

static void close_range_all(void)
{
	syscall(SYS_close_range, FD, FD, 0);
}

static void (*const changes[])(void) = {
	open_file, rename_file, rename_directory, remove_file, duplicate_over, close_and_reopen, just_close,
	make_socket, bind_socket, connect_socket, disconnect_socket, reset_from_afar, receive_rights, close_range_all,
};

static void *change_in_thread(void *change)
{
	(*(void (*const *)(void))change)();
	return NULL;
}

static int change_in_process(void *change)
{
	change_in_thread(change);
	_exit(0);
}

static void by_thread(void *change)
{
	pthread_t thread;

	pthread_create(&thread, NULL, change_in_thread, change);
	pthread_join(thread, NULL);
}

/* It shares our descriptors, and tracers are not told of it. */
static void by_process(void *change)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	pid_t child = clone(change_in_process, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS | CLONE_UNTRACED | SIGCHLD, change);

	waitpid(child, NULL, 0);
}

static void by_itself(void *change)
{
	change_in_thread(change);
}

/* A program that has the number of the thread, and its descriptors but for FD. */
static void *go_on_elsewhere(void *arg)
{
	open_file();
	fcntl(FD, F_SETFD, FD_CLOEXEC);
	check();
	execl("/proc/self/exe", "changing", arg, "again", NULL);
	return NULL;
}

static void listen_for_us(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	server = socket(AF_INET, SOCK_STREAM, 0);
	bind(server, (struct sockaddr *)&in, sizeof(in));
	listen(server, 4);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
}

static void change_all(void (*by)(void *))
{
	listen_for_us();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		by((void *)&changes[i]);
		check();
	}
	close(server);
	close(pair[0]);
	close(pair[1]);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	chdir(argv[1]);
	mkdir("one", 0700);
	chdir("one");
	if (argc > 2) {
		check();
		duplicate_over();
		check();
		leave(0);
	}
	change_all(by_itself);
	change_all(by_thread);
	change_all(by_process);
	pthread_create(&thread, NULL, go_on_elsewhere, argv[1]);
	pthread_join(thread, NULL);
	leave(1);
}
