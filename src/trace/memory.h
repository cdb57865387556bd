/* Memory of a traced thread, which must be stopped. */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads up to len bytes.  Returns how many leading bytes could be read. */
size_t memory_read(pid_t tid, uint64_t addr, void *buf, size_t len);

enum {
	MEMORY_PIECE = 4096,	/* no page is smaller: reading ahead in one touches nothing else */
	MEMORY_PIECES = 4,
};

/*
 * Pieces of memory that were read at one stop: what a call needs lies close
 * together, and a transfer costs as much for a byte as for a page.
 */
struct memory {
	unsigned n;		/* pieces that are valid */
	unsigned next;		/* to be replaced */
	struct memory_piece {
		pid_t tid;
		uint64_t addr;	/* a multiple of MEMORY_PIECE */
		size_t len;	/* leading bytes that could be read */
		char bytes[MEMORY_PIECE];
	} pieces[MEMORY_PIECES];
};

/* The same as memory_read, from the pieces where they have it. */
size_t memory_fetch(struct memory *, pid_t tid, uint64_t addr, void *buf, size_t len);

/*
 * Reads the pieces that hold these addresses in one transfer, for the fetches
 * to come.  What cannot be had is left to them; NULL and more than
 * MEMORY_PIECES are, too.
 */
void memory_gather(struct memory *, pid_t tid, const uint64_t *addrs, unsigned n);

/* A thread has run or will run: everything may have changed. */
void memory_forget(struct memory *);

#endif
