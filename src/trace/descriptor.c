#include "descriptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "decode/decode.h"
#include "names.h"

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

/* The thread may be gone, or have other descriptors than the process that was asked. */
static bool is_inode(int fd, unsigned long inode)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == inode;
}

/* A duplicate of a socket, to ask it with; -1: none can be had. */
static int borrow(struct descriptors *d, int fd, unsigned long inode)
{
	bool exact;
	int borrowed = handles_borrow(&d->handles, d->tid, d->tgid, fd, &exact);

	if (borrowed >= 0 && !exact && !is_inode(borrowed, inode)) {
		close(borrowed);
		borrowed = -1;
	}
	return borrowed;
}

int descriptor_netlink(struct descriptors *d, int fd, unsigned *protocol)
{
	char name[64];
	struct stat st;
	int family, number, r = -ENOTSOCK;
	socklen_t family_len = sizeof(family), number_len = sizeof(number);

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)d->tid, fd);
	int sock = stat(name, &st) < 0 ? -1 : borrow(d, fd, st.st_ino);
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

/* False: it is no socket. */
static bool put_family(struct strbuf *b, int sock)
{
	int family, protocol;
	socklen_t len = sizeof(family);
	const char *name;

	if (getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &family, &len) < 0)
		return false;
	name = decode_constant(TYPE_address_family, (uint64_t)family);
	if (name)
		strbuf_printf(b, "%s ", name);
	else
		strbuf_printf(b, "%d ", family);
	len = sizeof(protocol);
	if (family != AF_NETLINK || getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0)
		return true;
	name = decode_constant(TYPE_netlink_protocol, (uint64_t)protocol);
	if (name)
		strbuf_printf(b, "%s ", name);
	else
		strbuf_printf(b, "%d ", protocol);
	return true;
}

/* Every netlink socket is connected to the kernel, unless it says otherwise. */
static bool is_kernel(const union address *a)
{
	return a->any.sa_family == AF_NETLINK && a->nl.nl_pid == 0;
}

/* In place of a name that it has not. */
static void put_inode(struct strbuf *b, int sock)
{
	struct stat st;

	if (fstat(sock, &st) == 0)
		strbuf_printf(b, "%lu", (unsigned long)st.st_ino);
}

static void put_names(struct strbuf *b, int sock)
{
	union address local = {0}, peer = {0};	/* not every family fills in even its own name */
	socklen_t local_len = sizeof(local), peer_len = sizeof(peer);
	struct strbuf other = {0};

	if (getsockname(sock, &local.any, &local_len) < 0 || !put_address(b, &local, local_len))
		put_inode(b, sock);
	if (getpeername(sock, &peer.any, &peer_len) == 0 && !is_kernel(&peer) && put_address(&other, &peer, peer_len))
		strbuf_printf(b, "->%s", strbuf_str(&other));
	b->lost |= other.lost;
	strbuf_free(&other);
}

/*
 * Its link in /proc is socket:[INODE].  False: no more than that can be told.
 * When another thread has put something else there since, it is that which
 * tells all of itself.
 */
static bool describe_socket(struct strbuf *b, struct descriptors *d, int fd, const char *link)
{
	unsigned long inode;
	size_t len = b->len;
	char end;

	if (sscanf(link, "socket:[%lu%c", &inode, &end) != 2 || end != ']')
		return false;
	int sock = borrow(d, fd, inode);
	if (sock < 0)
		return false;
	strbuf_puts(b, "socket:[");
	bool told = put_family(b, sock);
	if (told) {
		put_names(b, sock);
		strbuf_putc(b, ']');
	} else {
		strbuf_truncate(b, len);
	}
	close(sock);
	return told;
}

static void put(struct descriptors *d, int fd, struct strbuf *b, void (*add)(struct strbuf *, const char *, size_t))
{
	char link[4096 + 64];	/* PATH_MAX, and ` (deleted)` */
	ssize_t n = handles_readlink(&d->handles, d->tid, fd, link, sizeof(link) - 1);

	if (n <= 0)
		return;
	link[n] = '\0';
	if (!describe_socket(b, d, fd, link))
		add(b, link, (size_t)n);
}

void descriptor_printable(void *ctx, int fd, struct strbuf *b)
{
	put(ctx, fd, b, put_safe);
}

void descriptor_raw(void *ctx, int fd, struct strbuf *b)
{
	put(ctx, fd, b, strbuf_add);
}
