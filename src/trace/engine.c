/* Waits for events and hands each one out once. */
#include "trace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "interrupt.h"
#include "stamp.h"

enum {
	GROUP_TRIES = 20,	/* -g: looks for another event of the same thread before others have their turn, */
	GROUP_PATIENCE = 50000,	/* and ns that they may take: on a busy machine, one can be all there is time for */
	GROUP_RUN = 200,	/* -g: events of one thread in a row while others wait */
	TURNS = 8,		/* events one at a time, before all that are there are taken */
	LEAVE_TICKS = 2,	/* who makes no call for so long does not make one just when it is interrupted */
};

void engine_count(struct trace *tr, struct tracee *t, int change)
{
	struct line *l;

	t->counted = change > 0;
	if (change > 0)
		channel_join(tr, t);
	l = channel_line(tr, t);
	line_tracees(l, l->tracees + (size_t)change);
	if (change < 0)
		channel_leave(tr, t);
}

void engine_drop(struct trace *tr, struct tracee *t)
{
	call_cut(tr, t);
	line_forget(channel_line(tr, t), &t->line);
	if (t->tid == t->tgid)
		status_forget(tr, t);
	if (t->counted)
		engine_count(tr, t, -1);
	if (t->phase == PHASE_MUTED)
		tr->muted--;
	placement_forget(&tr->placement, t);
	tracees_remove(&tr->tracees, t);
}

/* Who carries the filter runs on to the next call that matters, unless this one has to be seen to return. */
static int request_for(const struct tracee *t, int request)
{
	const struct call *call = t->record.call;
	bool has_to_return = t->where == WHERE_HIDDEN && (call_makes_children(t) || call->seccomp);

	if (request != PTRACE_SYSCALL || !t->filtered || t->confined || t->refused || has_to_return)
		return request;
	return t->where == WHERE_OUTSIDE || t->where == WHERE_HIDDEN ? PTRACE_CONT : request;
}

void engine_go(struct trace *tr, struct tracee *t, struct go go)
{
	if (go.request == 0)
		return;
	if (t->detaching) {
		attach_detach(tr, t, go.sig);
		return;
	}
	if (go.request != PTRACE_LISTEN)
		placement_go(&tr->placement, t);
	go.request = request_for(t, go.request);
	if (go.request == PTRACE_CONT)	/* the next call may not stop, and write to the same place */
		output_flush(channel_out(tr, t));
	/* Not every architecture can step; then the start of a handler is not seen, which costs some detail. */
	if (ptrace(go.request, t->tid, NULL, go.sig) < 0 && errno == EIO && go.request == PTRACE_SINGLESTEP) {
		t->stepping = false;
		ptrace(PTRACE_SYSCALL, t->tid, NULL, go.sig);
	}
}

static bool remember(struct trace *tr, pid_t tid)
{
	if (tr->nevents == tr->events_size) {
		size_t size = tr->events_size ? tr->events_size * 2 : 64;
		pid_t *events = realloc(tr->events, size * sizeof(*events));
		if (!events)
			return false;
		tr->events = events;
		tr->events_size = size;
	}
	tr->events[tr->nevents++] = tid;
	return true;
}

void engine_note(struct trace *tr, pid_t tid, int status)
{
	struct tracee *t = tracees_find(&tr->tracees, tid);

	if (!t && WIFSTOPPED(status)) {	/* a child of a thread with -f, before its creator's event */
		t = tracees_add(&tr->tracees, tid);
		if (!t) {
			ptrace(PTRACE_DETACH, tid, NULL, NULL);
			channel_fail(tr, ENOMEM);
		}
	} else if (!t && tid == tr->command) {
		tr->command = 0;
	}
	if (!t)
		return;
	if (!t->has_event && !remember(tr, tid))
		tr->unlisted = true;
	t->has_event = true;
	t->status = status;
}

/* -g: gives the thread that was active last a little time to come back. */
static bool collect_last(struct trace *tr)
{
	int status;

	if (!tr->opt->group || tr->last == 0 || tr->last_run >= GROUP_RUN || !tracees_find(&tr->tracees, tr->last))
		return false;
	uint64_t end = stamp_clock() + GROUP_PATIENCE;
	for (int i = 0; i < GROUP_TRIES && stamp_clock() < end; i++) {
		if (waitpid(tr->last, &status, __WALL | WNOHANG) > 0) {
			tr->last_run++;
			engine_note(tr, tr->last, status);
			return true;
		}
		sched_yield();
	}
	return false;
}

/* Nothing is left to wait for: the kernel has dropped the threads that we still know. */
static void all_gone(struct trace *tr)
{
	while (tr->tracees.first) {
		struct tracee *t = tr->tracees.first;
		if (t->phase == PHASE_TRACED) {
			call_cut(tr, t);
			status_detached(tr, t);
		}
		engine_drop(tr, t);
	}
}

/* Is it neither a child of ours nor traced by us any more? */
static bool is_gone(pid_t tid)
{
	siginfo_t si;

	return waitid(P_PID, (id_t)tid, &si, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD;
}

/*
 * When a thread that is not traced execs, its leader is gone without a status
 * (ptrace(2), "execve under ptrace"), and waitpid does not tell.
 */
static void look_for_exiting(struct trace *tr)
{
	size_t exiting = 0;

	for (struct tracee *t = tr->tracees.first, *next; t; t = next) {
		next = t->next;
		if (!t->exiting || t->has_event)
			continue;
		if (is_gone(t->tid)) {
			call_cut(tr, t);
			if (t->phase != PHASE_MUTED)
				status_detached(tr, t);
			engine_drop(tr, t);
		} else {
			exiting++;
		}
	}
	tr->exiting = exiting;
}

/* Has it an event that nobody has waited for? */
static bool has_news(pid_t tid)
{
	siginfo_t si = {0};

	return waitid(P_PID, (id_t)tid, &si, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0 && si.si_pid != 0;
}

/*
 * Who was to be let go outside of a call, and has not stopped by itself,
 * computes, or is stopped by a signal.  One that is just at the entry of a
 * call must not be interrupted.
 */
static void hurry_departing(struct trace *tr)
{
	if (!tr->departing || --tr->patient > 0)
		return;
	tr->departing = false;
	for (const struct tracee *t = tr->tracees.first; t; t = t->next)
		if (t->detaching && t->phase == PHASE_TRACED && !t->has_event && !has_news(t->tid))
			attach_hurry(t);
}

/* What a line ends with can wait for the next call, which shows it, but not for long. */
static void look_at_ticks(struct trace *tr)
{
	unsigned now = interrupt_ticks();

	if (now == tr->ticks)
		return;
	tr->ticks = now;
	call_catch_up(tr);
	channel_flush(tr);
	placement_tick(&tr->placement);
	hurry_departing(tr);
}

/* Waits for an event, and often takes all others that are there: late threads must not starve. */
static void collect(struct trace *tr)
{
	int status, flags = __WALL;
	size_t nlast = tr->nevents;

	tr->nevents = 0;
	if (collect_last(tr))
		return;
	tr->last_run = 0;
	look_at_ticks(tr);
	placement_wait(&tr->placement);
	if (crowd_collect(tr, nlast))
		return;
	for (;;) {
		pid_t tid = waitpid(-1, &status, flags);
		if (tid < 0 && errno == ECHILD && tr->nevents == 0)
			all_gone(tr);
		if (tid <= 0)
			break;
		engine_note(tr, tid, status);
		if (tr->tracees.n == 1 || (flags == __WALL && ++tr->unasked < TURNS))
			return;
		flags = __WALL | WNOHANG;
	}
	tr->unasked = tr->nevents > 1 ? TURNS : 0;	/* where several have one, they may have again */
}

static void handle(struct trace *tr, struct tracee *t)
{
	int status = t->status;

	t->has_event = false;
	tr->last = t->tid;
	memory_forget(&tr->memory);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))	/* else call.c does it */
		call_catch_up(tr);
	if (!WIFSTOPPED(status))
		birth_death(tr, t, status);
	else if (t->phase == PHASE_MUTED)
		mute_stop(tr, t, status);
	else if (t->phase == PHASE_BORN)
		birth_stop(tr, t, status);
	else if (t->phase == PHASE_STARTING)
		start_stop(tr, t, status);
	else
		stop_handle(tr, t, status);
}

/* Asks for all to be let go that were attached, and the command too when everything has to go. */
static void leave(struct trace *tr)
{
	for (struct tracee *t = tr->tracees.first; t;) {
		if (t->detaching || !(t->attached || tr->leaving)) {
			t = t->next;
			continue;
		}
		attach_leave(tr, t);
		t = tr->tracees.first;	/* it may be gone, and others with it */
	}
	if (!tr->departing)
		return;
	tr->patient = LEAVE_TICKS;
	interrupt_tick_soon();
}

void engine_leave_all(struct trace *tr)
{
	tr->leaving = true;
	leave(tr);
}

static void look_at_interrupts(struct trace *tr, struct interrupts *seen)
{
	struct interrupts now = interrupt_look();
	unsigned stops = now.stops - seen->stops;

	call_catch_up(tr);
	if (now.infos != seen->infos)
		for (struct tracee *t = tr->tracees.first; t; t = t->next)
			if (t->phase == PHASE_TRACED)
				status_info(tr, t);
	if (stops > 0 && tr->interrupts == 0)
		leave(tr);
	if (tr->interrupts + stops > 1 && stops > 0) {
		if (tr->command != 0)
			kill(tr->command, SIGKILL);
		else
			tr->quit = true;
	}
	tr->interrupts += stops;
	*seen = now;
}

/* Without memory for their list, all are looked at. */
static void handle_unlisted(struct trace *tr)
{
	tr->unlisted = false;
	for (struct tracee *t = tr->tracees.first; t;) {
		bool has_event = t->has_event;
		if (has_event)
			handle(tr, t);
		t = has_event ? tr->tracees.first : t->next;
	}
}

static void handle_noted(struct trace *tr)
{
	for (size_t i = 0; i < tr->nevents; i++) {
		struct tracee *t = tracees_find(&tr->tracees, tr->events[i]);
		if (t && t->has_event)
			handle(tr, t);
	}
	if (tr->unlisted)
		handle_unlisted(tr);
	if (tr->exiting > 0)
		look_for_exiting(tr);
	birth_orphans(tr);
}

static void handle_all(struct trace *tr)
{
	if (tr->exiting > 0)
		interrupt_tick_soon();
	collect(tr);
	handle_noted(tr);
}

void engine_serve(struct trace *tr)
{
	int status;
	pid_t tid;

	tr->nevents = 0;
	while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
		engine_note(tr, tid, status);
	handle_noted(tr);
}

bool engine_left(const struct trace *tr)
{
	const struct tracee *t = tr->tracees.first;
	siginfo_t si;

	if (waitid(P_ALL, 0, &si, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) < 0)
		return false;
	while (t && !t->filtered)
		t = t->next;
	return t || !tr->tracees.first;
}

void engine_stay(struct trace *tr)
{
	tr->over = true;
	while (engine_left(tr))
		handle_all(tr);
}

void engine_run(struct trace *tr)
{
	struct interrupts seen = {0, 0};

	/* With a filter in the kernel, calls that could see the placement do not stop. */
	placement_init(&tr->placement, tr->program ? PLACEMENT_FREE : tr->opt->placement);
	while (tr->tracees.n > tr->muted && !tr->quit) {
		handle_all(tr);
		if (interrupt_news(&seen))
			look_at_interrupts(tr, &seen);
		if (tr->out.err != 0 && !tr->leaving)
			engine_leave_all(tr);
	}
	placement_end(&tr->placement);
	if (tr->interrupts > 0 && tr->muted > 0)	/* at its next stop it waits for us */
		output_hurry(&tr->out);
}
