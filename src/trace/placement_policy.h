/*
 * When tracer and traced thread should share a CPU: the decision alone.  A
 * state machine over stops and time stamps; it knows no CPU, no thread and no
 * clock of its own, and looks at the clock only once in many stops.
 *
 * When calls come fast, and only one thread at a time runs while all others
 * are in calls of theirs, threads and tracer are put together.  They part when
 * several run for longer, when calls become slow or cease, and when being
 * together turns out to be slower than being apart was.  A program that begins
 * is believed to be fast, as many are over before that could be measured.
 */
#ifndef TRACE_PLACEMENT_POLICY_H
#define TRACE_PLACEMENT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum placement {
	PLACEMENT_AUTO,
	PLACEMENT_SHARE,	/* together whenever one thread alone makes calls, whatever it gains */
	PLACEMENT_FREE,		/* never together */
};

enum {
	POLICY_RUN = 16,		/* stops of a thread that runs alone, before they share */
	POLICY_AGAIN = 4,		/* the same, when sharing was worth it and had to end */
	POLICY_CROWD = 32,		/* points, before they part: */
	POLICY_CROWDED = 2,		/* for a stop while others run; one less for a stop while none does */
	POLICY_WORTH = 16,		/* stops that are worth sharing: it costs as much as some of them gain */
	POLICY_RUN_MAX = 1024,		/* as many, when such runs do not last */
	POLICY_WINDOW = 128,		/* stops between two looks at the clock, while they share */
	POLICY_FAST = 250000,		/* ns per stop, at most, to share */
	POLICY_SLOW = 500000,		/* ns per stop, and more: to part */
	POLICY_UNKNOWN = 50000,		/* the same, until it is known what being apart costs */
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
	bool barred;		/* they must not share until policy_begin */
	bool trusted;		/* to be fast, without a look at the clock */
	unsigned crowd;		/* points, see POLICY_CROWD */
	unsigned run;		/* stops since `since` */
	unsigned long stops;	/* of any thread */
	unsigned long seen;	/* stops at the last tick */
	unsigned shared;	/* windows completed since they share */
	unsigned need;		/* stops in a row, before they share */
	uint64_t since;		/* ns */
	uint64_t apart;		/* ns per stop, before they shared; 0: unknown */
	uint64_t not_before;	/* ns: no attempt until then */
};

/* Nanoseconds of any clock that never goes back. */
typedef uint64_t policy_clock(void *ctx);

void policy_init(struct policy *, enum placement);

/* A thread has stopped; alone: no other one runs, and it may share. */
enum advice policy_stop(struct policy *, bool alone, policy_clock *, void *ctx);

/* Some time has passed, many times that of a stop. */
enum advice policy_tick(struct policy *);

/* They share now, as was advised, or do not any more. */
void policy_shares(struct policy *, bool sharing);

/* They must part.  When that is so again and again, it takes a longer run of stops to share again. */
void policy_break(struct policy *);

/* Sharing could be seen, from now on. */
void policy_bar(struct policy *);

/* A program begins, which has not seen anything. */
void policy_begin(struct policy *);

#endif
