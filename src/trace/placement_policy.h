/*
 * When tracer and traced thread should share a CPU: the decision alone.  A
 * state machine over stops and time stamps; it knows no CPU, no thread and no
 * clock of its own, and looks at the clock only once in many stops.
 *
 * A thread that makes calls fast, and no other thread with it, is put
 * together with the tracer.  They part when another thread stops, when calls
 * become slow or cease, and when being together turns out to be slower than
 * being apart was.
 */
#ifndef TRACE_PLACEMENT_POLICY_H
#define TRACE_PLACEMENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum placement {
	PLACEMENT_AUTO,
	PLACEMENT_SHARE,	/* together whenever one thread alone makes calls, whatever it gains */
	PLACEMENT_FREE,		/* never together */
};

enum {
	POLICY_RUN = 16,		/* stops of one thread in a row, before they share */
	POLICY_RUN_MAX = 1024,		/* as many, when such runs do not last */
	POLICY_WINDOW = 128,		/* stops between two looks at the clock, while they share */
	POLICY_FAST = 250000,		/* ns per stop, at most, to share */
	POLICY_SLOW = 500000,		/* ns per stop, and more: to part */
	POLICY_RETRY = 100000000,	/* ns before another attempt, when sharing was slower */
};

enum advice {
	ADVICE_NONE,	/* as it is */
	ADVICE_SHARE,
	ADVICE_PART,
};

struct policy {
	enum placement placement;
	bool sharing;
	bool barred;		/* they must not share until policy_allow */
	pid_t tid;		/* of the last stop */
	unsigned run;		/* its stops since `since` */
	unsigned long stops;	/* of any thread */
	unsigned long seen;	/* stops at the last tick */
	unsigned shared;	/* windows completed since they share */
	unsigned need;		/* stops in a row, before they share */
	uint64_t since;		/* ns */
	uint64_t apart;		/* ns per stop, before they shared */
	uint64_t not_before;	/* ns: no attempt until then */
};

/* Nanoseconds of any clock that never goes back. */
typedef uint64_t policy_clock(void *ctx);

void policy_init(struct policy *, enum placement);

/* A thread has stopped. */
enum advice policy_stop(struct policy *, pid_t tid, policy_clock *, void *ctx);

/* Some time has passed, many times that of a stop. */
enum advice policy_tick(struct policy *);

/* They share now, as was advised, or do not any more. */
void policy_shares(struct policy *, bool sharing);

/* They must part.  When that is so again and again, it takes a longer run of stops to share again. */
void policy_break(struct policy *);

/* Sharing could be seen, from now on; and not any more. */
void policy_bar(struct policy *);
void policy_allow(struct policy *);

#endif
