/* Which rows are shown; and which events the kernel may leave out because no row of theirs would be. */
#ifndef KILLSNOOP_FILTER_H
#define KILLSNOOP_FILTER_H

#include "calls.h"
#include "options.h"
#include "util/strbuf.h"

bool filter_row(const struct options *, const struct row *);

/* The kernel leaves out entries of calls, but not their exits. */
bool filter_is_partial(const struct options *);

/*
 * The filter for the enter event of a call, in the kernel's language, or ""
 * when it has to see all of them.  `field` is the name of the field that says
 * whom.  Leaves out what filter_row would show only if the sender numbers its
 * target in a PID namespace of its own.
 */
void filter_text(const struct options *, const struct call *, const char *field, struct strbuf *);

/*
 * The filter for the event of a generated signal.  What an interrupt sends
 * is of no process, also not of the one that it happened to interrupt.
 */
void filter_signal_text(const struct options *, struct strbuf *);

/* The options need to know which signals were generated, not only which calls were made. */
bool filter_needs_signals(const struct options *);

#endif
