/*
 * Tracer and traced thread on one CPU, while that is faster.
 *
 * The two take turns, and the scheduler wakes each on another, idle CPU: both
 * are then woken from idleness for every stop.  Per call, on two CPUs of a
 * virtual machine: 15 us on one CPU, 80 to 110 us on two.  What was tried:
 *
 *	both have the same single CPU in their affinity		14 us
 *	only the tracer, following the thread to its CPU	60 to 120 us
 *	the same, the tracer being SCHED_IDLE			16 to 20 us
 *
 * The last one leaves the thread alone: to the scheduler, a CPU that runs
 * nothing but SCHED_IDLE tasks is idle, so the thread stays.  But on a busy
 * machine such a tracer starves (1 to 6 ms per call beside two busy processes
 * per CPU), and without privileges it cannot become normal again.  So it is
 * affinity, and the program must not see it: a thread has its own one back
 * before it makes a child that may not be traced (another inherits the CPU,
 * and is known before it runs); all have before one makes a call that sees or
 * sets it, or opens a `status` file of /proc; and each has before it is let
 * go, and when it made no call between two ticks (interrupt.h).  If we are
 * killed, those that do not die with us have it back from somebody else
 * (pins.h).  What -p attaches to is left alone, unless asked for.
 *
 * Seen nevertheless: by processes that are not traced, while calls come fast.
 */
#ifndef TRACE_PLACEMENT_H
#define TRACE_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "affinity.h"
#include "handover.h"
#include "pins.h"
#include "placement_policy.h"

struct placement_state {
	struct policy policy;
	struct handover handover;
	bool named;		/* a `status` file, which may stay open for ever, through an exec too */
	size_t running;		/* threads that run and are in no call */
	size_t looking;		/* threads in a call that sees or sets an affinity */
	size_t intestate;	/* threads that are gone, and their child inherits the CPU, if they have made it */
	int cpu;		/* that we share; -1: none */
	struct pins pins;	/* the threads that share it */
};

struct trace;
struct tracee;

void placement_init(struct placement_state *, enum placement);

/* A thread has stopped; and it runs on. */
void placement_stop(struct placement_state *, struct tracee *);
void placement_go(struct placement_state *, struct tracee *);

/* All that have stopped run on, and the next stop is to be waited for. */
void placement_wait(struct placement_state *);

/* It has entered a call, and is about to go on. */
void placement_enter(struct trace *, struct tracee *);

/* The creator tells of a child, which will stop before it runs; or will not be traced here; or the creator is gone. */
void placement_born(struct placement_state *, struct tracee *creator, struct tracee *child);
void placement_stillborn(struct placement_state *, struct tracee *creator, pid_t child);
void placement_orphan(struct placement_state *, pid_t child);

/* It has stopped, and runs another program now. */
void placement_exec(struct placement_state *, struct tracee *);

/* It is about to be let go. */
void placement_leave(struct placement_state *, struct tracee *);

/* It is gone. */
void placement_forget(struct placement_state *, struct tracee *);

/* A tick has come (interrupt.h); while they share, it does so again and again. */
void placement_tick(struct placement_state *);

/* Restores everything, for good. */
void placement_end(struct placement_state *);

#endif
