/* Where the trace goes: standard error, a file or a command, through a buffer. */
#ifndef TRACE_OUTPUT_H
#define TRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

struct output {
	int fd;
	struct reader reader;	/* the command that reads it; its pidfd is -1: none */
	uint64_t last_line;	/* ns: when the last line began, for -r; 0: none did */
	bool patient;	/* is a file: not every line is worth a write of its own */
	bool hurried;	/* does not wait long for who reads it */
	unsigned tick;	/* the one when it was written to last */
	int err;	/* errno of the first write that failed; what came after it is dropped */
	size_t len;
	char buf[16384];
};

/*
 * A file of that name, made with mode 0600 and emptied; `|command`: a shell
 * command that reads it; NULL: standard error.  Returns 0 or -errno.
 */
int output_open(struct output *, const char *name);

/* Nothing is open: to write is an error. */
void output_none(struct output *);

/* Buffers; writes when the buffer is full.  What is there shall be flushed within a tick (see interrupt.h). */
void output_write(struct output *, const char *bytes, size_t n);

/*
 * Lets what is buffered be seen: at once; in a file, which nobody watches so
 * closely, with the first flush in each tick.  A short or interrupted write
 * goes on, any other failure is kept in `err`; EINTR: we were told to stop
 * while nobody read.
 */
void output_flush(struct output *);

/* We were told to stop: from now on, nobody reading for a while is a failure. */
void output_hurry(struct output *);

/* Writes what is buffered, and closes; the reader goes on.  Returns 0 or the -errno of any write. */
int output_close(struct output *);

#endif
