/*
 * For the traced programs: marks around the part of the trace that a test
 * looks at, so that what the C library does before and after it is not seen.
 */
#ifndef E2E_RULE_H
#define E2E_RULE_H

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void mark_begin(void)
{
	syscall(SYS_write, -1, "begin", 5);
}

static inline void mark_end(void)
{
	syscall(SYS_write, -1, "end", 3);
}

/* Ends the process without what exit() does. */
static inline void leave(int status)
{
	syscall(SYS_exit_group, status);
	abort();
}

#endif
