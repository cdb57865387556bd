/*
 * Beginnings and ends: children and threads that join, exec, death.
 *
 * With the options for it set, the kernel attaches a child on its own.  Two
 * events tell of it, in either order: one at the creator, with the id of the
 * child, and the first stop of the child.  The child begins when both are
 * there and the creator's call has returned, so that its lines follow that
 * of the call; and the creator goes on only then, so that the parameters in
 * its memory are still those of the call when the child's return is shown.
 * Except for vfork, which returns only after the child is done.
 */
#include "trace.h"

#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/wait.h>

#include "util/proc.h"

/* Lets a born child run, now that all is known of it. */
static void begin(struct trace *tr, struct tracee *t)
{
	bool shown = t->where == WHERE_CALL;

	t->phase = PHASE_TRACED;
	t->where = WHERE_OUTSIDE;
	attach_spare(tr, t);
	engine_count(tr, t, 1);
	status_tracing(tr, t);
	if (shown)
		call_child(tr, t);
}

/* A born child that nobody has heard of goes its way. */
static void let_go(struct trace *tr, struct tracee *t)
{
	if (t->filtered) {
		mute_thread(tr, t);
		mute_stop(tr, t, t->status);
	} else if (ptrace(PTRACE_DETACH, t->tid, NULL, NULL) == 0) {	/* else it is dying: wait will tell */
		tracees_remove(&tr->tracees, t);
	}
}

/* Begins when everything it waits for is there.  Its first stop is then handled like any other. */
static void try_begin(struct trace *tr, struct tracee *t)
{
	if (!t->arrived || !t->claimed || t->creator != 0)
		return;
	if (t->detaching) {
		let_go(tr, t);
		return;
	}
	begin(tr, t);
	stop_handle(tr, t, t->status);
}

/* Is there such a child of ours, alive or waiting to be reaped? */
static bool is_ours(pid_t tid)
{
	siginfo_t si;

	return waitid(P_PID, (id_t)tid, &si, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/* What a child has of its creator, and the call that made it, for the line that says it returned 0. */
static void inherit(const struct trace *tr, struct tracee *child, const struct tracee *creator)
{
	proc_process(child->tid, &child->tgid);
	bool thread = child->tgid == creator->tgid;
	child->attached = thread ? creator->attached : true;
	child->foreign = creator->foreign;
	child->filtered = creator->filtered;
	child->confined = creator->confined;
	child->forked = thread ? creator->forked : true;
	child->detaching |= creator->detaching || tr->leaving || (child->attached && tr->interrupts > 0);
	child->record = creator->record;
	child->record.err = 0;
	child->record.ret = 0;
	child->record.ret_unknown = false;
	child->where = creator->where;
}

void birth_event(struct trace *tr, struct tracee *creator, int event)
{
	unsigned long id;

	if (ptrace(PTRACE_GETEVENTMSG, creator->tid, NULL, &id) < 0)
		return;
	struct tracee *child = tracees_find(&tr->tracees, (pid_t)id);
	if (!child && is_ours((pid_t)id))
		child = tracees_add(&tr->tracees, (pid_t)id);
	bool muted = creator->filtered && creator->phase == PHASE_MUTED;
	if (child && child->phase == PHASE_BORN && (!tr->opt->follow || muted)) {
		if (creator->filtered)
			mute_born(tr, child);
		return;
	}
	if (!child || child->phase != PHASE_BORN) {	/* killed before it could stop, or taken on otherwise */
		placement_stillborn(&tr->placement, creator, (pid_t)id);
		return;
	}
	child->claimed = true;
	inherit(tr, child, creator);
	placement_born(&tr->placement, creator, child);
	if (event != PTRACE_EVENT_VFORK) {
		child->creator = creator->tid;
		creator->newborn = child->tid;
	}
	try_begin(tr, child);
}

/* The creator whose call has returned, and which waits for this child to go on; or NULL. */
static struct tracee *waiting_creator(const struct trace *tr, const struct tracee *child)
{
	struct tracee *creator = child->creator ? tracees_find(&tr->tracees, child->creator) : NULL;

	return creator && creator->waiting ? creator : NULL;
}

/* The creator need not wait any longer. */
static void go_on(struct trace *tr, struct tracee *creator)
{
	creator->waiting = false;
	creator->newborn = 0;
	engine_go(tr, creator, (struct go){PTRACE_SYSCALL, 0});
}

/* Lets child and creator go their ways. */
static void part(struct trace *tr, struct tracee *creator, struct tracee *child)
{
	creator->waiting = false;
	creator->newborn = 0;
	child->creator = 0;
	try_begin(tr, child);
}

/* An exec has given one of our threads this id, that of a leader which was not ours. */
static bool is_taken_over(const struct trace *tr, const struct tracee *t, int status)
{
	unsigned long former;

	if (status >> 16 != PTRACE_EVENT_EXEC || ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &former) < 0)
		return false;
	const struct tracee *taker = tracees_find(&tr->tracees, (pid_t)former);
	return taker && taker->phase == PHASE_TRACED;
}

void birth_stop(struct trace *tr, struct tracee *t, int status)
{
	struct tracee *creator = waiting_creator(tr, t);

	if (is_taken_over(tr, t, status)) {
		stop_handle(tr, t, status);
		return;
	}
	t->arrived = true;
	t->status = status;
	if ((!tr->opt->follow || tr->over) && mute_filtered(tr, t->tid)) {
		mute_born(tr, t);
	} else if (!tr->opt->follow) {	/* made with CLONE_PTRACE: nobody asked for it */
		ptrace(PTRACE_DETACH, t->tid, NULL, NULL);
		tracees_remove(&tr->tracees, t);
	} else if (creator) {
		part(tr, creator, t);
		engine_go(tr, creator, (struct go){PTRACE_SYSCALL, 0});
	} else {
		tr->unclaimed += !t->claimed;
		try_begin(tr, t);
	}
}

static struct tracee *newborn_of(const struct trace *tr, const struct tracee *creator)
{
	struct tracee *child = creator->newborn ? tracees_find(&tr->tracees, creator->newborn) : NULL;

	return child && child->phase == PHASE_BORN && child->creator == creator->tid ? child : NULL;
}

bool birth_return(struct trace *tr, struct tracee *creator)
{
	struct tracee *child = newborn_of(tr, creator);

	if (child && child->arrived)
		part(tr, creator, child);
	else if (child)
		creator->waiting = true;
	return !creator->waiting;
}

void birth_release(struct trace *tr, struct tracee *creator)
{
	struct tracee *child = newborn_of(tr, creator);

	if (child)
		part(tr, creator, child);
}

void birth_hurry(struct trace *tr, struct tracee *t)
{
	struct tracee *creator = waiting_creator(tr, t);

	t->creator = 0;
	t->claimed |= t->arrived;
	try_begin(tr, t);
	if (creator)
		go_on(tr, creator);
}

/* Could the event that claims this child still come?  Then a thread of its parent is in a call that makes children. */
static bool is_expected(const struct trace *tr, const struct tracee *child)
{
	long parent = 0, tgid = 0;

	bool known = proc_status(child->tid, "PPid", &parent) == 0 && proc_status(child->tid, "Tgid", &tgid) == 0;
	for (const struct tracee *t = tr->tracees.first; t; t = t->next) {
		if (t == child || t->phase != PHASE_TRACED || (known && t->tgid != parent && t->tgid != tgid))
			continue;
		if (t->where == WHERE_UNKNOWN)
			return true;
		if ((t->where == WHERE_CALL || t->where == WHERE_HIDDEN) && call_makes_children(t))
			return true;
	}
	return false;
}

static struct tracee *find_orphan(struct trace *tr)
{
	tr->unclaimed = 0;
	for (struct tracee *t = tr->tracees.first; t; t = t->next) {
		if (t->phase != PHASE_BORN || !t->arrived || t->claimed)
			continue;
		if (!is_expected(tr, t))
			return t;
		tr->unclaimed++;
	}
	return NULL;
}

void birth_orphans(struct trace *tr)
{
	struct tracee *t;

	while (tr->unclaimed > 0 && (t = find_orphan(tr))) {
		proc_process(t->tid, &t->tgid);
		placement_orphan(&tr->placement, t->tid);
		if (mute_inherits(tr, t->tid)) {
			mute_born(tr, t);
			tr->unclaimed = 1;
			continue;
		}
		t->filtered = mute_filtered(tr, t->tid);
		t->confined = t->filtered && confine_itself(t->tid);
		t->claimed = true;
		t->attached = t->tgid != tr->command;
		t->foreign = tr->opt->npids > 0;	/* it may be */
		t->detaching |= tr->leaving || (t->attached && tr->interrupts > 0);
		tr->unclaimed = 1;	/* look again */
		try_begin(tr, t);
	}
}

/*
 * The thread that called exec takes over the id of its leader; its own id,
 * the former one, vanishes without a status, as the leader did before.
 */
static struct tracee *take_over(struct trace *tr, struct tracee *leader, pid_t former)
{
	struct tracee *t = former == leader->tid ? NULL : tracees_find(&tr->tracees, former);

	if (!t) {
		if (former != leader->tid)
			call_cut(tr, leader);
		return leader;
	}
	pid_t tid = leader->tid;
	birth_release(tr, leader);
	if (t->phase == PHASE_MUTED) {
		call_cut(tr, leader);
		status_detached(tr, leader);
	}
	engine_drop(tr, leader);
	tracees_rename(&tr->tracees, t, tid);
	t->has_event = false;
	return t;
}

struct tracee *birth_exec(struct trace *tr, struct tracee *t)
{
	unsigned long former;
	int status = t->status;

	if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &former) < 0)
		former = (unsigned long)t->tid;
	t = take_over(tr, t, (pid_t)former);
	if (t->phase == PHASE_MUTED) {
		mute_stop(tr, t, status);
		return NULL;
	}
	if (call_is_open(t) && call_complete(tr, t))
		status_context(tr, t);
	t->where = WHERE_EXECED;
	t->forked = false;
	status_forget(tr, t);
	status_tracing(tr, t);
	return t;
}

/* The last words of a thread: the call it died in, and how it ended. */
static void put_death(struct trace *tr, struct tracee *t, int status)
{
	bool completes = t->where == WHERE_CALL && t->record.call && t->record.call->cls == CALL_NORETURN;

	if (call_is_open(t) && completes && WIFEXITED(status))
		call_complete(tr, t);
	else
		call_cut(tr, t);
	status_exit(tr, t, status);
}

/* It was killed before it could begin: it is announced nevertheless, and its creator goes on. */
static void stillborn(struct trace *tr, struct tracee *t)
{
	struct tracee *creator = waiting_creator(tr, t);

	t->phase = PHASE_TRACED;
	engine_count(tr, t, 1);
	status_tracing(tr, t);
	if (creator)
		go_on(tr, creator);
}

void birth_death(struct trace *tr, struct tracee *t, int status)
{
	if (t->tid == tr->command) {
		tr->command = 0;
		tr->status = status;
	}
	if (t->phase == PHASE_STARTING) {
		start_death(tr, t);
	} else if (t->phase != PHASE_MUTED && (t->phase != PHASE_BORN || tr->opt->follow)) {
		if (t->phase == PHASE_BORN)
			stillborn(tr, t);
		put_death(tr, t, status);
	}
	birth_release(tr, t);
	engine_drop(tr, t);
}
