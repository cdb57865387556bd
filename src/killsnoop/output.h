/*
 * Standard output, written so that a reader who does not read cannot hold us
 * against signals to stop, and one who has gone away is noticed.  The first
 * signal lets what happened before it be written out, the second does not.
 */
#ifndef KILLSNOOP_OUTPUT_H
#define KILLSNOOP_OUTPUT_H

#include <stdbool.h>

#include "util/strbuf.h"

struct output {
	int fd;
	int stop;	/* readable when we are to stop (signalfd, non-blocking) */
	bool stopping;	/* the first was taken from there */
	bool is_file;	/* never blocks for long */
	struct strbuf text;
};

/* Neither descriptor is owned. */
void output_init(struct output *, int fd, int stop);
void output_free(struct output *);

/* Takes note of a signal to stop, if there is one. */
void output_take_stop(struct output *);

/* Writes the text out and empties it.  Returns 0, -EINTR when told to stop twice and nobody read, or another -errno. */
int output_flush(struct output *);

#endif
