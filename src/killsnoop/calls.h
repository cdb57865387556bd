/*
 * Makes rows of events: the entry and the exit of a call by the same thread
 * become one row; a signal that no call sent becomes a row of its own.
 * Events are to be given in the order of time.
 */
#ifndef KILLSNOOP_CALLS_H
#define KILLSNOOP_CALLS_H

#include "event.h"
#include "tasks.h"

struct row {
	uint64_t ts;			/* ns: when the call returned, or the signal was generated */
	const struct call *call;	/* NULL: no call sent it */
	pid_t tid;			/* the sender; 0: an interrupt */
	pid_t pid;			/* its process; 0: not known */
	const char *comm;		/* its name, NULL: not known; valid until the next event */
	int sig;
	int to;				/* the argument that says whom, as the sender gave it; without a call 0 */
	bool to_is_fd;			/* that argument is a descriptor */
	int64_t ret;			/* as the kernel returned it, see row_error */
	unsigned ntargets;		/* signals it generated; 0 also when these events were not asked for */
	pid_t target;			/* thread that the first went to, as the kernel numbers it */
	pid_t target_pid;		/* its process */
	bool wanted;			/* one of them went to the process that is asked for */
	int code, result;		/* without a call: si_code and enum signal_result */
	uint64_t arg[6];		/* the call's registers */
};

/* The errno of a call that failed, or 0: IS_ERR_VALUE in include/linux/err.h of the kernel. */
static inline int row_error(const struct row *row)
{
	return row->ret < 0 && row->ret >= -4095 ? (int)-row->ret : 0;
}

struct calls {
	struct tasks *tasks;	/* not owned */
	pid_t wanted;		/* the process whose signals are asked for; 0: none */
	bool partial;		/* the kernel filters entries: exits without one are no loss */
	bool blind;		/* the kernel leaves out births and deaths: a target may be a new thread */
	uint64_t gap;		/* time of the last loss of events */
	uint64_t lost;		/* events lost */
	uint64_t halves;	/* entries and exits that have lost each other */
};

/* Applies an event.  Returns true when it completes a row. */
bool calls_apply(struct calls *, const struct event *, struct row *);

/* No event comes any more: entries whose exits may be among the lost are halves, too. */
void calls_end(struct calls *);

#endif
