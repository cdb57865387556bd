/*
 * Handles to ask the kernel with what is behind descriptors of traced threads.
 *
 * A handle is a question that is kept, never its answer: the link
 * /proc/TID/fd/N, opened itself, or a pidfd.  The kernel answers it anew each
 * time, with what is behind N at that moment, whoever has closed, opened or
 * renamed something since; what is saved is the way through the directories
 * of /proc.  Both belong to the thread, not to its number, so that one who
 * gets the number later is never taken for it.  Nothing needs to be
 * invalidated.
 */
#ifndef TRACE_HANDLES_H
#define TRACE_HANDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	HANDLES_LINKS = 64,
	HANDLES_PIDFDS = 16,
};

struct handles {
	bool ready;
	int proc;		/* a mount of /proc that nobody else has; -1: none */
	unsigned nlinks, npidfds;	/* how many may be open, fewer when we may open few files */
	struct link_handle {
		pid_t tid;	/* 0: a free place */
		int number;	/* of the descriptor; AT_FDCWD */
		unsigned asked;	/* how often, before it was worth a handle */
		int fd;		/* -1: none yet */
	} links[HANDLES_LINKS];
	struct pidfd_handle {
		pid_t tid;	/* 0: a free place */
		bool of_thread;	/* not of its process, before Linux 6.9 */
		int fd;
	} pidfds[HANDLES_PIDFDS];
};

/* Zeroed handles are ready for use.  Closes all of them. */
void handles_free(struct handles *);

/* As readlink(2) on what /proc has for a descriptor, or for AT_FDCWD: -1 when it is not open. */
ssize_t handles_readlink(struct handles *, pid_t tid, int number, char *buf, size_t size);

/*
 * A duplicate of a descriptor; -1: none can be had.  It may be that of the
 * leader when `exact` says so, whose descriptors need not be those of the thread.
 */
int handles_borrow(struct handles *, pid_t tid, pid_t tgid, int number, bool *exact);

#endif
