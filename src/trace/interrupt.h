/* Signals to trace itself. */
#ifndef TRACE_INTERRUPT_H
#define TRACE_INTERRUPT_H

#include <stdbool.h>

struct interrupts {
	unsigned stops;	/* SIGINT, SIGTERM, SIGHUP so far */
	unsigned infos;	/* SIGUSR1 so far */
};

/*
 * Installs the handlers.  After a signal, system calls fail with EINTR again
 * and again until interrupt_look: one that comes just before a call that
 * blocks is not missed.  Returns 0 or -errno.
 */
int interrupt_init(void);

/* Has any come since then? */
bool interrupt_news(const struct interrupts *seen);

struct interrupts interrupt_look(void);

/* Were we told to stop since the last look? */
bool interrupt_pending(void);

/*
 * Interrupts a system call that blocks within some 50 ms, as a signal would,
 * and counts that as a tick.  Some more may follow: one that comes just
 * before such a call is not missed for long.
 */
void interrupt_tick_soon(void);
unsigned interrupt_ticks(void);

#endif
