/* The tracing itself, from making the instance to removing it. */
#ifndef KILLSNOOP_SNOOP_H
#define KILLSNOOP_SNOOP_H

#include "options.h"

/*
 * Traces until the descriptor `stop` (a signalfd) is readable, the time is
 * over, or nobody reads the output any more.  Says on standard error what
 * fails.  Returns the exit status.
 */
int snoop(const struct options *, int stop);

#endif
