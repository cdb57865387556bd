/*
 * -P and -e fd=: does a call name one of these paths or descriptors?  What is
 * a path or a descriptor the types of the table say: this is one more sink of
 * the walk that shows a call, and sees what it would show.
 */
#ifndef TRACE_MATCH_H
#define TRACE_MATCH_H

#include <stdbool.h>

#include "decode/decode.h"
#include "filter.h"

struct match;

/* Prepares the paths of a filter, which has to outlive it.  NULL: out of memory. */
struct match *match_new(const struct filter *);
void match_free(struct match *);	/* NULL: nothing */

/* Has the call of a stopped thread, at its entry, what the filter asks for? */
bool match_call(struct match *, pid_t tid, const struct call_record *, const struct target *);

#endif
