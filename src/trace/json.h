/* What JSON Lines need to know of a thread between two events. */
#ifndef TRACE_JSON_H
#define TRACE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "util/proc.h"
#include "util/strbuf.h"

/* Zeroed at first; json_owner_free before it is freed. */
struct json_owner {
	bool open;		/* a call was entered, and its line is still to come */
	bool announced;		/* its first event was written */
	uint64_t entered;	/* ns since the epoch: when the call was entered */
	uint64_t start;		/* the same by the monotonic clock; 0: it takes no time */
	struct strbuf half;	/* the entry half: memory may be another when the call returns */
	char comm[COMM_SIZE];	/* as last seen: there is none to be read after its death */
};

void json_owner_free(struct json_owner *);

#endif
