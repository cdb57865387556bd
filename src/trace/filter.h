/*
 * What is shown: sets of calls, of signals, of ways in which a call ends, and
 * what a call has to name.  Made from -e, -P, -z and -Z.  Calls are rows of
 * the table; which descriptors and paths a call names is for match.c to say.
 * This is data and nothing else: it knows no process.
 */
#ifndef TRACE_FILTER_H
#define TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/tables.h"
#include "util/strbuf.h"

/* How a call ended. */
enum ending {
	ENDING_SUCCESSFUL,	/* it returned without an error, or with a new program or context */
	ENDING_FAILED,
	ENDING_UNFINISHED,	/* it never returned: exit, death, a handler that made it begin again */
	ENDING_DETACHED,	/* it was not over when we let the program go */
};

enum { ENDINGS = ENDING_DETACHED + 1, FILTER_SIGNALS = 65 };

/* A set that is everything as long as nobody has said otherwise. */
struct filter_set {
	bool given;
	bool *has;	/* owned; NULL while not given */
};

struct filter {
	struct filter_set calls;	/* by row of the table; the element after them: what is no row, or foreign */
	struct filter_set signals;	/* by number */
	struct filter_set endings;
	int *fds;			/* -e fd=; owned */
	size_t nfds;
	const char **paths;		/* -P; the array is owned, the strings are not */
	size_t npaths;
};

/* Zeroed, a filter lets everything through. */
void filter_free(struct filter *);

/*
 * Takes an operand of -e: `[trace|signal|status|fd =] list`.  The items of a
 * list count from left to right, and lists of one sort go on with each
 * other.  Returns false, with what is wrong in `error`, as text for a line.
 */
bool filter_add(struct filter *, const char *expr, struct strbuf *error);

/* -P.  The string has to outlive the filter.  False: out of memory. */
bool filter_add_path(struct filter *, const char *path);

/* call: NULL for one that the table does not know. */
bool filter_call(const struct filter *, const struct call *);
bool filter_signal(const struct filter *, int sig);
bool filter_ending(const struct filter *, enum ending);

/* Can it be told only at the end of a call whether it is shown? */
bool filter_needs_ending(const struct filter *);

/* Does a call have to name a descriptor or a path to be shown? */
bool filter_needs_match(const struct filter *);

#endif
