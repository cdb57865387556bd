/*
 * A process in front of the tracer, for as long as somebody waits for trace.
 *
 * Who carries a filter needs a tracer to the end, which may be long after
 * trace would have ended: a command may leave children behind.  So the tracer
 * is a child of the process that was started, and that one ends when the
 * trace does: as the tracer does, or, if that has to stay, as it says.
 * Signals that were meant for trace are passed on.
 */
#ifndef TRACE_GUARD_H
#define TRACE_GUARD_H

#include <stdbool.h>

/*
 * Goes on in the tracer.  The process in front never returns from here.
 * Returns a descriptor for guard_end, or -errno: then there is nobody in
 * front.
 */
int guard_fork(void);

/*
 * The trace is over: the process in front ends as one with that wait status.
 * The tracer may stay, and takes no notice of signals.
 */
void guard_end(int fd, int status);

/* Ends the program as one with that wait status: with its exit code, or by the same signal. */
int guard_exit_as(int status);

#endif
