/*
 * When a tracer that has let its thread run gives it the CPU that they share,
 * before it waits: the decision alone, on a clock of somebody else's.
 *
 * The thread that was woken does not get the CPU at once: the scheduler owes
 * it nothing, as it has had as much of it as the tracer.  So the tracer goes
 * on to wait, finds nothing, sleeps, and is woken: 0.8 us for each stop.
 * With sched_yield(2) it gives up what is left of its slice.  The scheduler
 * owes that to the thread then (EEVDF, kernel/sched/fair.c, Linux 6.18), which
 * has the CPU as soon as it is woken, until the debt is paid, for some 50
 * stops.  Then the tracer finds the next stop when it waits, and never sleeps.
 *
 * What is given up goes to anybody who wants the CPU.  Beside a process that
 * computes, the tracer is back after a slice of that, which is 300 stops.  So
 * who was away for long yields more seldom the next time.
 */
#ifndef TRACE_HANDOVER_H
#define TRACE_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HANDOVER_EVERY = 16,	/* stops, at least, from one to the next; */
	HANDOVER_MAX = 16384,	/* and at most */
	HANDOVER_STEP = 4,	/* how much sooner or later the next one is */
	HANDOVER_LONG = 300000,	/* ns until the next stop: somebody else had the CPU, or the thread is slow anyway */
};

struct handover {
	unsigned stops;		/* since the last one */
	unsigned every;
	uint64_t since;		/* ns, when it was; 0: the next stop has come */
};

void handover_init(struct handover *);

/* A stop is over, and the thread runs.  Is it time? */
bool handover_due(struct handover *);

/* It is done, just before a clock of nanoseconds shows `now`, which is not 0. */
void handover_begun(struct handover *, uint64_t now);

/* The next stop has come. */
void handover_ended(struct handover *, uint64_t now);

#endif
