/* What is behind a descriptor of a traced process: -y, and the kind of a netlink socket. */
#ifndef TRACE_DESCRIPTOR_H
#define TRACE_DESCRIPTOR_H

#include <sys/types.h>

#include "util/strbuf.h"

/* How the bytes of a path are written.  Names of sockets are always printable: they are in quotes. */
enum descriptor_form {
	DESCRIPTOR_PRINTABLE,	/* all of them printable, and no `>` among them */
	DESCRIPTOR_RAW,
};

/*
 * Appends what is behind a descriptor of a stopped thread, or of AT_FDCWD;
 * nothing when it has no such descriptor.  Paths, and what /proc says of other things
 * (pipe:[123]); for sockets, their addresses:
 *
 *	socket:[AF_INET LOCAL->PEER]
 *	socket:[AF_UNIX 123->"PEER"]	the inode number in place of a name that it has not
 *
 * Nothing is remembered: a call, a thread that shares the descriptors, or
 * another program may change what is behind one at any time.
 */
void descriptor_put(struct strbuf *, pid_t tid, pid_t tgid, int fd, enum descriptor_form);

/* The protocol of a netlink socket, asked of itself; -ENOTSOCK: it is none, or cannot be asked (before Linux 5.6). */
int descriptor_netlink(pid_t tid, pid_t tgid, int fd, unsigned *protocol);

#endif
