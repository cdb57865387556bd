/* Rows as lines of text, in the columns of killsnoop(8). */
#ifndef KILLSNOOP_COLUMNS_H
#define KILLSNOOP_COLUMNS_H

#include "calls.h"
#include "options.h"
#include "util/strbuf.h"

/* Appends the line above the rows. */
void columns_header(const struct options *, struct strbuf *);

/* Appends a row. */
void columns_row(const struct options *, const struct row *, struct strbuf *);

/*
 * The target to show: what the sender said, or the kernel's own number of
 * the one process it came to, when that is another (the sender lives in a PID
 * namespace, or gave a descriptor).  False: only a descriptor is known.
 */
bool row_target(const struct row *, int *target);

#endif
