#include "descriptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "decode/decode.h"
#include "names.h"

#define PIDFD_ONE_THREAD O_EXCL	/* PIDFD_THREAD of linux/pidfd.h, since Linux 6.9 */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_nl nl;
	struct sockaddr_storage room;
};

static void put_safe(struct strbuf *b, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < ' ' || c > '~' || c == '>')
			strbuf_printf(b, "\\x%02x", c);
		else if (c == '\\' || c == '"')
			strbuf_printf(b, "\\%c", c);
		else
			strbuf_putc(b, (char)c);
	}
}

/* A duplicate of a socket, to ask it with; -1: none can be had. */
static int borrow(pid_t tid, pid_t tgid, int fd, unsigned long inode)
{
	struct stat st;
	int pidfd = (int)syscall(SYS_pidfd_open, tid, PIDFD_ONE_THREAD);

	if (pidfd < 0)
		pidfd = (int)syscall(SYS_pidfd_open, tgid, 0);
	if (pidfd < 0)
		return -1;
	int borrowed = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	close(pidfd);
	/* The leader's descriptors need not be those of the thread. */
	if (borrowed >= 0 && (fstat(borrowed, &st) < 0 || st.st_ino != inode)) {
		close(borrowed);
		borrowed = -1;
	}
	return borrowed;
}

int descriptor_netlink(pid_t tid, pid_t tgid, int fd, unsigned *protocol)
{
	char name[64];
	struct stat st;
	int family, number, r = -ENOTSOCK;
	socklen_t family_len = sizeof(family), number_len = sizeof(number);

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)tid, fd);
	int sock = stat(name, &st) < 0 ? -1 : borrow(tid, tgid, fd, st.st_ino);
	if (sock < 0)
		return r;
	if (getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family, &family_len) == 0 && family == AF_NETLINK &&
	    getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &number, &number_len) == 0) {
		*protocol = (unsigned)number;
		r = 0;
	}
	close(sock);
	return r;
}

static void put_unix(struct strbuf *b, const struct sockaddr_un *un, size_t len)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);
	bool abstract = un->sun_path[0] == '\0';

	strbuf_puts(b, abstract ? "\"@" : "\"");
	if (abstract)
		put_safe(b, un->sun_path + 1, n - 1);
	else
		put_safe(b, un->sun_path, strnlen(un->sun_path, n));
	strbuf_putc(b, '"');
}

static void put_inet6(struct strbuf *b, const struct sockaddr_in6 *in6)
{
	char host[INET6_ADDRSTRLEN];

	strbuf_printf(b, "[%s", inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)));
	if (in6->sin6_scope_id != 0)
		strbuf_printf(b, "%%%u", (unsigned)in6->sin6_scope_id);
	strbuf_printf(b, "]:%u", ntohs(in6->sin6_port));
}

/* False when it is no name, or of a family that has none we could show. */
static bool put_address(struct strbuf *b, const union address *a, socklen_t len)
{
	char host[INET_ADDRSTRLEN];

	if (len < sizeof(a->any.sa_family))
		return false;
	if (a->any.sa_family == AF_INET && len >= sizeof(a->in))
		strbuf_printf(b, "%s:%u", inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof(host)),
			      ntohs(a->in.sin_port));
	else if (a->any.sa_family == AF_INET6 && len >= sizeof(a->in6))
		put_inet6(b, &a->in6);
	else if (a->any.sa_family == AF_UNIX && len > offsetof(struct sockaddr_un, sun_path) && len <= sizeof(a->un))
		put_unix(b, &a->un, len);
	else if (a->any.sa_family == AF_NETLINK && len >= sizeof(a->nl))
		strbuf_printf(b, "%u", (unsigned)a->nl.nl_pid);
	else
		return false;
	return true;
}

static void put_family(struct strbuf *b, int sock)
{
	int family, protocol;
	socklen_t len = sizeof(family);
	const char *name;

	if (getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family, &len) < 0)
		return;
	name = decode_constant(TYPE_address_family, (uint64_t)family);
	if (name)
		strbuf_printf(b, "%s ", name);
	else
		strbuf_printf(b, "%d ", family);
	len = sizeof(protocol);
	if (family != AF_NETLINK || getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0)
		return;
	name = decode_constant(TYPE_netlink_protocol, (uint64_t)protocol);
	if (name)
		strbuf_printf(b, "%s ", name);
	else
		strbuf_printf(b, "%d ", protocol);
}

/* Every netlink socket is connected to the kernel, unless it says otherwise. */
static bool is_kernel(const union address *a)
{
	return a->any.sa_family == AF_NETLINK && a->nl.nl_pid == 0;
}

static void put_socket(struct strbuf *b, int sock, unsigned long inode)
{
	union address local = {0}, peer = {0};	/* not every family fills in even its own name */
	socklen_t local_len = sizeof(local), peer_len = sizeof(peer);
	struct strbuf other = {0};

	put_family(b, sock);
	if (getsockname(sock, &local.any, &local_len) < 0 || !put_address(b, &local, local_len))
		strbuf_printf(b, "%lu", inode);
	if (getpeername(sock, &peer.any, &peer_len) == 0 && !is_kernel(&peer) && put_address(&other, &peer, peer_len))
		strbuf_printf(b, "->%s", strbuf_str(&other));
	b->lost |= other.lost;
	strbuf_free(&other);
}

/* Its link in /proc is socket:[INODE].  False: no more than that can be told. */
static bool describe_socket(struct strbuf *b, pid_t tid, pid_t tgid, int fd, const char *link)
{
	unsigned long inode;
	char end;

	if (sscanf(link, "socket:[%lu%c", &inode, &end) != 2 || end != ']')
		return false;
	int sock = borrow(tid, tgid, fd, inode);
	if (sock < 0)
		return false;
	strbuf_puts(b, "socket:[");
	put_socket(b, sock, inode);
	strbuf_putc(b, ']');
	close(sock);
	return true;
}

void descriptor_put(struct strbuf *b, pid_t tid, pid_t tgid, int fd, enum descriptor_form form)
{
	char name[64], link[4096 + 64];	/* PATH_MAX, and ` (deleted)` */

	if (fd == AT_FDCWD)
		snprintf(name, sizeof(name), "/proc/%d/cwd", (int)tid);
	else
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)tid, fd);
	ssize_t n = readlink(name, link, sizeof(link) - 1);
	if (n <= 0)
		return;
	link[n] = '\0';
	if (describe_socket(b, tid, tgid, fd, link))
		return;
	if (form == DESCRIPTOR_RAW)
		strbuf_add(b, link, (size_t)n);
	else
		put_safe(b, link, (size_t)n);
}
