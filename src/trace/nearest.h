/* For messages about a wrong name: the right one that is nearest to it. */
#ifndef TRACE_NEAREST_H
#define TRACE_NEAREST_H

#include <stddef.h>
#include <stdint.h>

#include "util/strbuf.h"

#define NEAREST_NONE SIZE_MAX

struct nearest {
	const char *wrong;
	size_t distance;	/* of the nearest so far; begins as NEAREST_NONE */
	struct strbuf name;
};

/* Another name that there is.  Those that nobody would take for the wrong one do not count. */
void nearest_try(struct nearest *, const char *name);

/* Appends `; did you mean 'MARKname'?`, if there is one.  Frees what it holds. */
void nearest_tell(struct nearest *, const char *mark, struct strbuf *error);

#endif
