/* -c and -C: what calls were made, how often, and how long they took. */
#ifndef TRACE_SUMMARY_H
#define TRACE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/tables.h"
#include "util/strbuf.h"

enum summary_sort {
	SUMMARY_TIME,
	SUMMARY_CALLS,
	SUMMARY_ERRORS,
	SUMMARY_AVG,
	SUMMARY_MIN,
	SUMMARY_MAX,
	SUMMARY_NAME,
};

struct summary_row;

struct summary {
	struct summary_row *rows;	/* one for each call of the table, and one for all that are not in it; owned */
};

/* Returns 0 or -ENOMEM. */
int summary_init(struct summary *);
void summary_free(struct summary *);

/* One call is over.  call: NULL for one that the table does not know; time in nanoseconds. */
void summary_add(struct summary *, const struct call *, uint64_t time, bool failed);

/* Appends the table, one line for each call that was made, and a total.  Leaves the summary sorted: it is the end of it. */
void summary_print(struct summary *, enum summary_sort, struct strbuf *);

/* The order of that name (time, calls, errors, avg, min, max, name).  False: there is none. */
bool summary_sort_named(const char *name, enum summary_sort *);

#endif
