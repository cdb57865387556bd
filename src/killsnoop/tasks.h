/*
 * The threads of the system by number: their process, their comm, and the
 * call each is in.  Follows the kernel's events in the order of time, so
 * that it says what a thread was called at the time of any event.
 */
#ifndef KILLSNOOP_TASKS_H
#define KILLSNOOP_TASKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "event.h"

/* A call whose exit has not been seen yet. */
struct pending {
	const struct call *call;	/* NULL: none */
	uint64_t ts;
	uint64_t arg[6];
	unsigned ntargets;		/* signals it generated so far */
	pid_t target;			/* thread that the first one went to */
	bool wanted;			/* one of them went to the process that is asked for */
};

struct task {
	struct task *next;	/* in the same bucket */
	pid_t tid;
	pid_t tgid;		/* 0: not known */
	char comm[COMM_SIZE];
	bool exited;
	uint64_t changed;	/* earliest change among those shown to tasks_backfill; 0: none */
	uint64_t refreshed;	/* for the caller of tasks_refresh: when */
	struct pending pending;
};

struct tasks;

/* Returns NULL when out of memory. */
struct tasks *tasks_new(void);
void tasks_free(struct tasks *);

/* Takes in every thread that /proc shows now.  Returns 0 or -errno. */
int tasks_scan(struct tasks *);

/*
 * Corrects a scan by an event that came before the scan was over: until its
 * first change a thread had the comm that this change reports as the old one.
 * To be shown all such events, in any order, before they are applied.
 */
void tasks_backfill(struct tasks *, const struct event *);

/* Applies an event about a thread; others are ignored. */
void tasks_apply(struct tasks *, const struct event *);

/* The thread, or NULL when nothing is known of it.  Valid until the next tasks_apply. */
struct task *tasks_find(struct tasks *, pid_t tid);

/* The thread; if nothing is known, what /proc says now, else without process and name.  NULL when out of memory. */
struct task *tasks_ask(struct tasks *, pid_t tid);

/* Shows every thread. */
void tasks_each(struct tasks *, void (*fn)(void *, struct task *), void *);

/* Takes in what /proc says of the thread now, if it is still there. */
void tasks_refresh(struct task *);

/* Adds a thread, or overwrites what is known of it.  NULL when out of memory. */
struct task *tasks_put(struct tasks *, pid_t tid, pid_t tgid, const char *comm);

#endif
