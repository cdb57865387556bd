#include "placement.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "interrupt.h"
#include "memory.h"
#include "names.h"
#include "trace.h"

static uint64_t now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Undoes it all.  The thread need not be stopped, and may be gone. */
static void part(struct placement_state *p)
{
	if (p->tid == 0)
		return;
	cpus_restore(p->tid, p->cpu, &p->others);
	cpus_restore(0, p->cpu, &p->own);
	p->tid = 0;
}

/* Returns 0 or -errno: then nothing has changed. */
static int pin_both(struct placement_state *p, pid_t tid)
{
	int r = cpus_get(0, &p->own);

	if (r == 0)
		r = cpus_get(tid, &p->others);
	if (r < 0)
		return r;
	p->cpu = cpus_common(&p->own, &p->others, sched_getcpu());
	if (p->cpu < 0)
		return -EINVAL;
	const struct cpus pinned = cpus_single(p->cpu);
	r = cpus_set(0, &pinned);
	if (r == 0 && !cpus_equal(&p->others, &pinned) && (r = cpus_set(tid, &pinned)) < 0)
		cpus_restore(0, p->cpu, &p->own);
	return r;
}

static void share(struct placement_state *p, pid_t tid)
{
	int r = pin_both(p, tid);

	if (r == 0)
		p->tid = tid;
	if (p->policy.sharing != (r == 0))	/* when they only change places, the policy measures on */
		policy_shares(&p->policy, r == 0);
	if (r < 0 && r != -ESRCH)	/* a CPU went away, or we may not: give up */
		p->policy.placement = PLACEMENT_FREE;
}

void placement_init(struct placement_state *p, enum placement placement)
{
	p->tid = 0;
	p->running = 0;
	p->named = false;
	policy_init(&p->policy, placement);
	handover_init(&p->handover);
}

static void must_part(struct placement_state *p)
{
	if (p->tid == 0)
		return;
	policy_break(&p->policy);
	part(p);
}

static void is_idle(struct placement_state *p, struct tracee *t)
{
	p->running -= t->running;
	t->running = false;
}

static bool may_share(const struct placement_state *p, const struct tracee *t)
{
	return !t->detaching && (!t->attached || p->policy.placement == PLACEMENT_SHARE);
}

void placement_stop(struct placement_state *p, struct tracee *t)
{
	is_idle(p, t);
	if (p->handover.since != 0)
		handover_ended(&p->handover, now(NULL));
	enum advice advice = policy_stop(&p->policy, t->tid, p->running == 0 && may_share(p, t), now, NULL);
	if (advice == ADVICE_PART)
		policy_shares(&p->policy, false);
	if (advice == ADVICE_PART || advice == ADVICE_MOVE)
		part(p);
	if (advice == ADVICE_SHARE || advice == ADVICE_MOVE)
		share(p, t->tid);
	if (p->tid != 0)	/* nobody else would undo it when the thread makes no more calls */
		interrupt_tick_soon();
}

void placement_go(struct placement_state *p, struct tracee *t)
{
	t->running = t->where == WHERE_OUTSIDE || t->where == WHERE_UNKNOWN;
	p->running += t->running;
}

void placement_wait(struct placement_state *p)
{
	if (p->tid == 0 || !handover_due(&p->handover))
		return;
	handover_begun(&p->handover, now(NULL));
	sched_yield();
}

/* Is that the path of a file with the affinity of a thread, /proc/PID/status, from wherever it starts? */
static bool is_status(struct trace *tr, const struct tracee *t, uint64_t addr)
{
	static const char name[] = "status";
	char tail[sizeof(name)], part[64];
	size_t n = 0;

	for (size_t done = 0; done < PATH_MAX; done += sizeof(part)) {
		size_t got = memory_fetch(&tr->memory, t->tid, addr + done, part, sizeof(part));
		size_t len = strnlen(part, got);
		size_t keep = len < sizeof(tail) ? len : sizeof(tail);	/* the last characters so far */

		if (n + keep > sizeof(tail)) {
			memmove(tail, tail + (n + keep - sizeof(tail)), sizeof(tail) - keep);
			n = sizeof(tail) - keep;
		}
		memcpy(tail + n, part + len - keep, keep);
		n += keep;
		if (len < sizeof(part))
			break;
	}
	const size_t want = sizeof(name) - 1;
	return n >= want && memcmp(tail + n - want, name, want) == 0 && (n == want || tail[n - want - 1] == '/');
}

static bool names_status(struct trace *tr, const struct tracee *t)
{
	const struct sig *sig = &table_sigs[t->record.call->sig];

	for (unsigned i = 0; i < sig->count; i++) {
		const struct member *m = &table_members[sig->first + i];
		if (m->type == TYPE_path && m->stars == 0 && !(m->how & HOW_ARRAY) && m->off < 6 &&
		    is_status(tr, t, t->record.arg[m->off]))
			return true;
	}
	return false;
}

void placement_enter(struct trace *tr, const struct tracee *t)
{
	struct placement_state *p = &tr->placement;
	const struct call *call = t->record.call;

	if (p->policy.placement == PLACEMENT_FREE || p->policy.barred)
		return;
	/* Children and threads that are not traced can look at any time; so can this one, in a file that is open. */
	p->named = call && names_status(tr, t);
	bool bars = p->named || !call || (call->cls == CALL_FORK && !tr->opt->follow);
	if (bars)
		policy_bar(&p->policy);
	/* An exec gives a thread another id, so it must not be ours then. */
	if (bars || call->affinity || call->cls == CALL_FORK || call->cls == CALL_EXEC)
		must_part(p);
}

void placement_exec(struct placement_state *p, const struct tracee *t)
{
	if (!t->attached && !p->named)
		policy_begin(&p->policy);
}

void placement_leave(struct placement_state *p, const struct tracee *t)
{
	if (p->tid == t->tid)
		must_part(p);
}

void placement_forget(struct placement_state *p, struct tracee *t)
{
	is_idle(p, t);
	if (p->tid != t->tid)
		return;
	cpus_restore(0, p->cpu, &p->own);
	policy_shares(&p->policy, false);
	p->tid = 0;
}

void placement_tick(struct placement_state *p)
{
	if (policy_tick(&p->policy) == ADVICE_PART) {
		policy_shares(&p->policy, false);
		part(p);
	} else if (p->tid != 0) {	/* until they part */
		interrupt_tick_soon();
	}
}

void placement_end(struct placement_state *p)
{
	policy_bar(&p->policy);
	policy_shares(&p->policy, false);
	part(p);
}
