/* What is known of a call between its entry and the moment it is shown. */
#ifndef TRACE_SHOW_H
#define TRACE_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "util/strbuf.h"

/* One for each thread.  Zeroed at first; show_free before it is freed. */
struct show {
	bool open;		/* it has entered a call that the filter lets through */
	bool held_back;		/* the lines below wait until it is known how the call ends */
	uint64_t start;		/* ns: when the program went on; 0: nobody wants to know, or it did not make the call */
	struct strbuf stack, entry;
};

void show_free(struct show *);

#endif
