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

void placement_init(struct placement_state *p, enum placement placement)
{
	*p = (struct placement_state){.cpu = -1};
	policy_init(&p->policy, placement);
	handover_init(&p->handover);
	pins_init(&p->pins);
}

/* Undoes it all. */
static void part(struct placement_state *p)
{
	if (p->cpu < 0)
		return;
	pins_remove_all(&p->pins);
	cpus_restore(0, p->cpu, &p->pins.own);
	p->cpu = -1;
}

static int add(struct placement_state *p, struct tracee *t)
{
	return pins_add(&p->pins, t->tid, t->attached, &t->pin);
}

/* Goes to a CPU of a thread, and keeps both there.  Returns 0 or -errno: then nothing has changed. */
static int join(struct placement_state *p, struct tracee *t)
{
	struct cpus own, theirs;
	int r = cpus_get(0, &own);

	if (r == 0)
		r = cpus_get(t->tid, &theirs);
	if (r < 0)
		return r;
	int cpu = cpus_common(&own, &theirs, sched_getcpu());
	if (cpu < 0)
		return -EINVAL;
	const struct cpus single = cpus_single(cpu);
	if ((r = pins_begin(&p->pins, cpu, &own)) < 0 || (r = cpus_set(0, &single)) < 0)
		return r;
	if ((r = add(p, t)) < 0)
		cpus_restore(0, cpu, &own);
	else
		p->cpu = cpu;
	return r;
}

static void share(struct placement_state *p, struct tracee *t)
{
	int r = join(p, t);

	if (p->policy.sharing != (r == 0))	/* when they only go to another CPU, the policy measures on */
		policy_shares(&p->policy, r == 0);
	if (r < 0 && r != -ESRCH && r != -ECHILD)	/* a CPU went away, or we may not: give up */
		p->policy.placement = PLACEMENT_FREE;
}

/* Another thread has stopped while they share.  If it may not run here, it is followed to where it may. */
static void admit(struct placement_state *p, struct tracee *t, bool alone)
{
	if (pins_has(&p->pins, t->tid, t->pin))
		pins_mark(&p->pins, t->pin);
	else if (add(p, t) == -EINVAL && alone) {
		part(p);
		share(p, t);
	}
}

static void must_part(struct placement_state *p)
{
	if (p->cpu < 0)
		return;
	policy_break(&p->policy);
	part(p);
}

static void is_idle(struct placement_state *p, struct tracee *t)
{
	p->running -= t->running;
	t->running = false;
}

/* Nobody shares while it looks which CPUs some thread may use. */
static void looks(struct placement_state *p, struct tracee *t, bool looking)
{
	p->looking += looking;
	p->looking -= t->looking;
	t->looking = looking;
}

static bool may_share(const struct placement_state *p, const struct tracee *t)
{
	return !t->detaching && (!t->foreign || p->policy.placement == PLACEMENT_SHARE) &&
	       (!t->attached || !p->pins.alone);
}

void placement_stop(struct placement_state *p, struct tracee *t)
{
	is_idle(p, t);
	looks(p, t, false);
	if (p->handover.since != 0)
		handover_ended(&p->handover, now(NULL));
	bool may = may_share(p, t), alone = may && p->running == 0 && p->looking == 0;
	enum advice advice = policy_stop(&p->policy, alone, now, NULL);
	if (advice == ADVICE_PART) {
		policy_shares(&p->policy, false);
		part(p);
	} else if (advice == ADVICE_SHARE) {
		share(p, t);
	} else if (may && p->cpu >= 0) {
		admit(p, t, alone);
	}
	if (p->cpu >= 0)	/* nobody else would undo it when they make no more calls */
		interrupt_tick_soon();
}

/* What it might have left to a child is settled. */
static void settle_bequest(struct placement_state *p, struct tracee *t)
{
	if (t->bequeaths)
		pins_settle(&p->pins);
	t->bequeaths = false;
}

/*
 * A child that has not inherited the CPU is put on it at once: the scheduler
 * has chosen another one, and that takes much longer to wake.
 */
void placement_born(struct placement_state *p, struct tracee *creator, struct tracee *child)
{
	bool may = p->cpu >= 0 && may_share(p, child), heir = creator->bequeaths;

	if (heir && may && pins_inherit(&p->pins, child->tid, &child->pin)) {
		settle_bequest(p, creator);
		return;
	}
	placement_stillborn(p, creator, child->tid);
	if (may)
		add(p, child);
}

void placement_stillborn(struct placement_state *p, struct tracee *creator, pid_t child)
{
	if (creator->bequeaths)
		pins_disinherit(&p->pins, child);
	settle_bequest(p, creator);
}

void placement_orphan(struct placement_state *p, pid_t child)
{
	if (p->intestate == 0 && p->pins.bequests == 0)		/* that the creator is gone may be told later */
		return;
	pins_disinherit(&p->pins, child);
	p->intestate -= p->intestate > 0;
}

void placement_go(struct placement_state *p, struct tracee *t)
{
	t->running = t->where == WHERE_OUTSIDE || t->where == WHERE_UNKNOWN;
	p->running += t->running;
}

void placement_wait(struct placement_state *p)
{
	if (p->cpu < 0 || !handover_due(&p->handover))
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

/* Whether a call that makes a child may make one that is not traced, which could see what it inherits (clone(2)). */
static bool may_be_untraced(const struct tracee *t)
{
	const struct sig *sig = &table_sigs[t->record.call->sig];

	for (unsigned i = 0; i < sig->count; i++) {
		const struct member *m = &table_members[sig->first + i];

		if (m->type == TYPE_clone_flags && m->stars == 0 && m->off < 6)
			return t->record.arg[m->off] & CLONE_UNTRACED;
	}
	return sig->count > 0;
}

/* Before it makes a child: either that will be known, or inherits nothing. */
static void bequeath(struct placement_state *p, struct tracee *t)
{
	if (!pins_has(&p->pins, t->tid, t->pin))
		return;
	t->bequeaths = !may_be_untraced(t) && pins_bequeath(&p->pins, t->pin);
	if (!t->bequeaths)
		pins_remove(&p->pins, t->tid, t->pin);
}

void placement_enter(struct trace *tr, struct tracee *t)
{
	struct placement_state *p = &tr->placement;
	const struct call *call = t->record.call;

	settle_bequest(p, t);
	if (p->policy.placement == PLACEMENT_FREE || p->policy.barred)
		return;
	/* Children and threads that are not traced can look at any time; so can this one, in a file that is open. */
	p->named = call && !call->late && names_status(tr, t);	/* those only look at what it is */
	bool bars = p->named || !call || (call->cls == CALL_FORK && !tr->opt->follow);
	if (bars)
		policy_bar(&p->policy);
	looks(p, t, call && call->affinity);
	/* An exec gives the id of another thread to one that is not the leader. */
	if (bars || call->affinity)
		must_part(p);
	else if (call->cls == CALL_FORK)
		bequeath(p, t);
	else if (call->cls == CALL_EXEC && t->tid != t->tgid)
		pins_remove(&p->pins, t->tid, t->pin);
}

void placement_exec(struct placement_state *p, struct tracee *t)
{
	placement_stop(p, t);
	if (!t->attached && !p->named)
		policy_begin(&p->policy);
}

/* Without a thread that shares it, the CPU is not ours to keep. */
static void settle(struct placement_state *p)
{
	if (p->cpu < 0 || p->pins.n > 0)
		return;
	policy_shares(&p->policy, false);
	part(p);
}

void placement_leave(struct placement_state *p, struct tracee *t)
{
	settle_bequest(p, t);
	pins_remove(&p->pins, t->tid, t->pin);
	settle(p);
}

void placement_forget(struct placement_state *p, struct tracee *t)
{
	is_idle(p, t);
	looks(p, t, false);
	p->intestate += t->bequeaths;
	settle_bequest(p, t);
	pins_forget(&p->pins, t->tid, t->pin);
	settle(p);
}

void placement_tick(struct placement_state *p)
{
	if (policy_tick(&p->policy) == ADVICE_PART) {
		policy_shares(&p->policy, false);
		part(p);
	} else if (p->cpu >= 0) {	/* until they part */
		pins_remove_idle(&p->pins);
		settle(p);
		interrupt_tick_soon();
	}
}

void placement_end(struct placement_state *p)
{
	policy_bar(&p->policy);
	policy_shares(&p->policy, false);
	part(p);
	pins_end(&p->pins);
}
