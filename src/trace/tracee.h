/*
 * The threads that are traced, by thread id.  Linux traces threads, not
 * processes; for a program with one thread there is no difference.
 */
#ifndef TRACE_TRACEE_H
#define TRACE_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "decode/decode.h"
#include "json.h"
#include "line.h"
#include "pins.h"
#include "show.h"

struct channel;

enum phase {
	PHASE_BORN,	/* a new child: its first stop, or the event at its creator, is still to come */
	PHASE_STARTING,	/* our command, before its exec */
	PHASE_TRACED,	/* announced and running */
	PHASE_MUTED,	/* not shown any more, see mute.c */
};

/* Where a thread is, as its stops have told. */
enum where {
	WHERE_UNKNOWN,	/* attached, no stop of a call seen yet */
	WHERE_OUTSIDE,
	WHERE_CALL,	/* entered a call */
	WHERE_HIDDEN,	/* entered a call that is not shown */
	WHERE_HELD,	/* the kernel has left the call for a signal, and may go on with it unless a handler runs */
	WHERE_EXECED,	/* between a successful exec and the exit stop of that call */
};

/* What kind of netlink socket a call is made on, asked when the first of its parameters depends on that. */
struct netlink {
	bool asked;
	int error;	/* 0, or -errno: none */
	unsigned protocol;
};

struct tracee {
	pid_t tid, tgid;
	enum phase phase;
	enum where where;
	struct line_owner line;
	struct channel *channel;	/* of its process; NULL: it shares the one output */
	struct json_owner json;	/* --json, instead of the line */
	struct show show;

	/* the call it is in, valid in WHERE_CALL, WHERE_HIDDEN and WHERE_HELD */
	struct call_record record;
	uint64_t ip, sp;	/* at the entry */
	struct netlink netlink;
	int held_for;		/* the kernel's ERESTART number, positive; 0: it was refused and will not go on */

	bool attached;		/* not the command we started: Ctrl-C lets it go */
	bool foreign;		/* -p attached to it, or to an ancestor of it */
	bool filtered;		/* carries the filter: calls that are not shown do not stop */
	bool confined;		/* and so does a filter of its own: it stops at all of them */
	bool refused;		/* the call that it is in is not made, on behalf of that one */
	bool counted;		/* is among those that line_tracees was told of */
	bool forked;		/* runs the image of its parent: NAME*F */
	bool arrived;		/* born: its first stop was seen */
	bool claimed;		/* born: the event at its creator was seen */
	bool stepping;		/* a signal was injected with a single step, to catch the start of its handler */
	bool detaching;		/* is to be let go at its next stop */
	bool exiting;		/* has begun to: of some threads nothing comes after that, see engine.c */
	pid_t creator;		/* born: begins when this thread's call has returned; 0: at once */
	pid_t newborn;		/* the child that waits for this one */
	bool waiting;		/* for its newborn, stopped at the return of the call that made it */

	/* for placement.c */
	bool running;		/* is in no call */
	bool looking;		/* is in a call that sees or sets an affinity */
	bool bequeaths;		/* is in a call that may make a child, which inherits its CPU */
	struct pin pin;

	bool has_event;		/* `status` has not been handled */
	int status;		/* as wait gave it */

	struct tracee *chain;		/* of its hash bucket */
	struct tracee *prev, *next;	/* all, in the order they came */
};

struct tracees {
	struct tracee **buckets;	/* a power of two of them */
	size_t nbuckets;
	size_t n;
	struct tracee *first, *last;
};

/* Returns 0 or -ENOMEM. */
int tracees_init(struct tracees *);

/* Frees all that are left. */
void tracees_free(struct tracees *);

/* NULL when there is none of that id. */
struct tracee *tracees_find(const struct tracees *, pid_t tid);

/* A new one, zeroed but for its ids; NULL without memory.  There must be none of that id. */
struct tracee *tracees_add(struct tracees *, pid_t tid);

/* Removes and frees it. */
void tracees_remove(struct tracees *, struct tracee *);

/* Gives it another id, which must be free. */
void tracees_rename(struct tracees *, struct tracee *, pid_t tid);

#endif
