/* Processes of ours that are not children of ours: an end of one would look like that of a traced process. */
#ifndef TRACE_AWAY_H
#define TRACE_AWAY_H

/* Calls run(ctx) in a new process, which ends when that returns.  Returns 0 or -errno. */
int away_run(void (*run)(void *ctx), void *ctx);

#endif
