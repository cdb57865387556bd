/*
 * The threads that are kept on our CPU, and the affinity that each had before.
 *
 * If we are killed, those that live on must get theirs back.  So the list is
 * in memory that is shared with a process that waits for our end and does
 * that: the keeper.  It is made when the first thread is taken in that does
 * not die with us (PTRACE_O_EXITKILL).  The kernel closes our descriptors, on
 * which the keeper waits, before it lets go of what we trace (do_exit,
 * kernel/exit.c), and who shares our CPU does not run before we are gone.
 *
 * A child inherits the CPU.  From the entry of the call that makes it until it
 * is known, the keeper would look for it (heirs.h): this is a bequest.
 */
#ifndef TRACE_PINS_H
#define TRACE_PINS_H

#include <stdbool.h>
#include <sys/types.h>

#include "affinity.h"

enum {
	PINS = 64,		/* threads at a time: one more takes the place of another */
	PINS_MASKS = 4,		/* different affinities among them */
};

struct pins {
	struct cpus own;	/* our affinity, before */
	struct pins_shared *shared;	/* NULL: not needed yet */
	unsigned n;		/* threads that are in the list */
	unsigned next;		/* the place to look at first */
	int keeper;		/* a pipe to it, for as long as we live; -1: there is none */
	bool alone;		/* and there can be none */
	unsigned bequests;	/* that are not settled */
};

/* What a thread remembers.  Zeroed at first. */
struct pin {
	unsigned place;		/* in the list, if it is in it */
};

void pins_init(struct pins *);

/* From now on it is this CPU; we have had this affinity.  The list must be empty.  Returns 0 or -errno. */
int pins_begin(struct pins *, int cpu, const struct cpus *own);

/*
 * Takes a thread in, and puts it on the CPU.  `survives`: it does not die with
 * us.  Returns 0, or -errno and nothing has changed; -EINVAL: it may not run
 * there; -ECHILD: it survives, and there is no keeper.
 */
int pins_add(struct pins *, pid_t tid, bool survives, struct pin *);

bool pins_has(const struct pins *, pid_t tid, struct pin);

/* It is in the list, and has made a call. */
void pins_mark(struct pins *, struct pin);

/* Gives a thread its affinity back, if it is in the list.  It need not be stopped. */
void pins_remove(struct pins *, pid_t tid, struct pin);

/* The same for all; and for those that have made no call since the last time. */
void pins_remove_all(struct pins *);
void pins_remove_idle(struct pins *);

/*
 * A thread that is in the list is about to make a child that is traced too:
 * false, and it has to be removed first, when it cannot be left as it is.
 * If true, pins_settle has to follow.
 */
bool pins_bequeath(struct pins *, struct pin);
void pins_settle(struct pins *);

/* Takes in a child that has inherited the CPU of the list; false: it has not, or there is no room for its affinity. */
bool pins_inherit(struct pins *, pid_t child, struct pin *);

/* Gives a child its own affinity, if it has inherited what was bequeathed last. */
void pins_disinherit(struct pins *, pid_t child);

/* The thread is gone. */
void pins_forget(struct pins *, pid_t tid, struct pin);

/* Removes all.  The keeper ends. */
void pins_end(struct pins *);

#endif
