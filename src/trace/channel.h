/*
 * Where the lines of a thread go: with all others to one output, or, with
 * --output-per-process, to a file of its process, which has a line discipline
 * of its own.
 */
#ifndef TRACE_CHANNEL_H
#define TRACE_CHANNEL_H

#include "line.h"
#include "output.h"
#include "tracee.h"
#include "util/strbuf.h"

struct trace;

struct channel {
	struct line line;
	struct output out;
	pid_t tgid;
	size_t threads;		/* that it is for */
	struct channel *next;
};

struct line *channel_line(struct trace *, const struct tracee *);
struct output *channel_out(struct trace *, const struct tracee *);

/* A thread joins: opens the file of its process, if it is the first.  A failure is one of the output. */
void channel_join(struct trace *, struct tracee *);

/* It leaves: the file is closed with the last. */
void channel_leave(struct trace *, struct tracee *);

/* The text, for a line.  If some was lost for want of memory, the output ends, as when it cannot be written. */
const char *channel_text(struct trace *, const struct strbuf *);

/* The output cannot go on: everything is to be let go. */
void channel_fail(struct trace *, int err);

/* Writes what is buffered, everywhere. */
void channel_flush(struct trace *);

/* Ends the lines that are under way, and closes the files. */
void channel_end(struct trace *);

#endif
