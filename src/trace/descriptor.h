/* What is behind a descriptor of a traced process: -y, and the kind of a netlink socket. */
#ifndef TRACE_DESCRIPTOR_H
#define TRACE_DESCRIPTOR_H

#include <sys/types.h>

#include "handles.h"
#include "util/strbuf.h"

/* Those of the thread that they are about; zeroed but for that. */
struct descriptors {
	pid_t tid, tgid;
	struct handles handles;
};

/*
 * For sinks, whose ctx is such: appends what is behind a descriptor of a
 * stopped thread, or of AT_FDCWD; nothing when it has no such descriptor.
 * Paths, and what /proc says of other things (pipe:[123]); for sockets, their
 * addresses:
 *
 *	socket:[AF_INET LOCAL->PEER]
 *	socket:[AF_UNIX 123->"PEER"]	the inode number in place of a name that it has not
 *
 * Paths are printable and without `>`, or as their bytes are.  Names of
 * sockets are always printable: they are in quotes.
 *
 * What was answered is not remembered: a call, a thread that shares the
 * descriptors, or another program may change what is behind one at any time,
 * rename the file, or connect the socket from its other end.
 */
void descriptor_printable(void *ctx, int fd, struct strbuf *);
void descriptor_raw(void *ctx, int fd, struct strbuf *);

/* The protocol of a netlink socket, asked of itself; -ENOTSOCK: it is none, or cannot be asked (before Linux 5.6). */
int descriptor_netlink(struct descriptors *, int fd, unsigned *protocol);

#endif
