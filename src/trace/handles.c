#include "handles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define PIDFD_ONE_THREAD O_EXCL	/* PIDFD_THREAD of linux/pidfd.h, since Linux 6.9 */

enum {
	WORTH = 4,		/* questions before a handle is opened, which costs as much as it saves in four */
	LINK_SHARE = 16,	/* one in so many of the files that we may open, */
	PIDFD_SHARE = 64,
};

static unsigned share(rlim_t limit, unsigned divisor, unsigned most)
{
	return limit / divisor < most ? (unsigned)(limit / divisor) : most;
}

/*
 * An open link keeps its mount busy, and a traced program may want to unmount
 * /proc.  Who may unmount may also clone the mount, which keeps no other busy.
 */
static void make_ready(struct handles *h)
{
	struct rlimit files = {0, 0};

	if (h->ready)
		return;
	h->ready = true;
	getrlimit(RLIMIT_NOFILE, &files);
	h->nlinks = share(files.rlim_cur, LINK_SHARE, HANDLES_LINKS);
	h->npidfds = share(files.rlim_cur, PIDFD_SHARE, HANDLES_PIDFDS);
	h->proc = h->nlinks == 0 ? -1 : open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static void drop_link(struct link_handle *l)
{
	if (l->tid != 0 && l->fd >= 0)
		close(l->fd);
	l->tid = 0;
}

static void drop_pidfd(struct pidfd_handle *p)
{
	if (p->tid != 0)
		close(p->fd);
	p->tid = 0;
}

void handles_free(struct handles *h)
{
	for (size_t i = 0; i < HANDLES_LINKS; i++)
		drop_link(&h->links[i]);
	for (size_t i = 0; i < HANDLES_PIDFDS; i++)
		drop_pidfd(&h->pidfds[i]);
	if (h->ready && h->proc >= 0)
		close(h->proc);
	*h = (struct handles){0};
}

/* Its name, relative to /proc. */
static void name_link(char name[64], pid_t tid, int number)
{
	if (number == AT_FDCWD)
		snprintf(name, 64, "%d/cwd", (int)tid);
	else
		snprintf(name, 64, "%d/fd/%d", (int)tid, number);
}

/* The open link, if it was worth that; -1: none. */
static int find_link(struct handles *h, pid_t tid, int number)
{
	char name[64], path[80];

	if (h->nlinks == 0)
		return -1;
	struct link_handle *l = &h->links[((unsigned)tid * 17 + (unsigned)number) % h->nlinks];
	if (l->tid != tid || l->number != number) {
		drop_link(l);
		*l = (struct link_handle){.tid = tid, .number = number, .fd = -1};
	}
	if (l->fd >= 0 || ++l->asked <= WORTH)
		return l->fd;
	name_link(name, tid, number);
	snprintf(path, sizeof(path), "/proc/%s", name);
	l->asked = 0;
	l->fd = openat(h->proc, h->proc >= 0 ? name : path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return l->fd;
}

/* The thread may be gone that it belongs to, and its number that of another. */
static void forget_link(struct handles *h, pid_t tid, int number)
{
	drop_link(&h->links[((unsigned)tid * 17 + (unsigned)number) % h->nlinks]);
}

ssize_t handles_readlink(struct handles *h, pid_t tid, int number, char *buf, size_t size)
{
	char name[64], path[80];

	make_ready(h);
	int link = find_link(h, tid, number);
	if (link >= 0) {
		ssize_t n = readlinkat(link, "", buf, size);
		if (n >= 0)
			return n;
		forget_link(h, tid, number);
	}
	name_link(name, tid, number);
	snprintf(path, sizeof(path), "/proc/%s", name);
	return readlink(path, buf, size);
}

/* Returns whether there is one. */
static bool open_pidfd(struct pidfd_handle *p, pid_t tid, pid_t tgid)
{
	p->fd = pidfd_open(tid, PIDFD_ONE_THREAD);
	p->of_thread = p->fd >= 0 || tid == tgid;
	if (p->fd < 0)
		p->fd = pidfd_open(tgid, 0);
	p->tid = p->fd >= 0 ? tid : 0;
	return p->fd >= 0;
}

static int duplicate(const struct pidfd_handle *p, int number, bool *exact)
{
	*exact = p->of_thread;
	return pidfd_getfd(p->fd, number, 0);
}

int handles_borrow(struct handles *h, pid_t tid, pid_t tgid, int number, bool *exact)
{
	struct pidfd_handle once = {.tid = 0};

	make_ready(h);
	struct pidfd_handle *p = h->npidfds > 0 ? &h->pidfds[(unsigned)tid % h->npidfds] : &once;
	if (p->tid == tid) {
		int fd = duplicate(p, number, exact);
		if (fd >= 0 || errno != ESRCH)	/* as of a thread that has died */
			return fd;
	}
	drop_pidfd(p);
	int fd = open_pidfd(p, tid, tgid) ? duplicate(p, number, exact) : -1;
	drop_pidfd(&once);
	return fd;
}
