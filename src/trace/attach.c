/* Running processes: taking them on and letting them go. */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <unistd.h>

#include "util/proc.h"
#include "util/report.h"

static unsigned long options_of(const struct trace *tr)
{
	unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;

	if (tr->opt->follow)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	return options;
}

int attach_seize(const struct trace *tr, pid_t tid, unsigned long more_options)
{
	return ptrace(PTRACE_SEIZE, tid, NULL, options_of(tr) | more_options) < 0 ? -errno : 0;
}

void attach_spare(const struct trace *tr, const struct tracee *t)
{
	if (t->attached && !t->filtered)
		ptrace(PTRACE_SETOPTIONS, t->tid, NULL, options_of(tr));
}

void attach_limit(const struct trace *tr, const struct tracee *t)
{
	ptrace(PTRACE_SETOPTIONS, t->tid, NULL, options_of(tr) | PTRACE_O_EXITKILL);
}

#define PF_KTHREAD 0x00200000u	/* include/linux/sched.h */

static bool has_ended(pid_t tid)
{
	char state;
	unsigned flags;

	return proc_state(tid, &state, &flags) == 0 && (state == 'Z' || state == 'X');
}

/* A process goes on without its first thread, which stays a zombie, as long as it has others. */
static bool has_others(pid_t pid)
{
	long threads;

	return proc_status(pid, "Threads", &threads) == 0 && threads > 1;
}

/* Why the kernel does not let us, as far as it can be found out. */
static void put_reason(struct strbuf *b, pid_t pid, int err)
{
	long tracer;
	char state;
	unsigned flags = 0;

	proc_state(pid, &state, &flags);
	if (pid == getpid()) {
		strbuf_puts(b, "it is this trace itself");
	} else if (err == ESRCH && (kill(pid, 0) == 0 || errno == EPERM)) {
		strbuf_puts(b, "/proc does not show it, and so not its threads");
	} else if (err != EPERM) {
		strbuf_puts(b, strerror(err));
	} else if (proc_status(pid, "TracerPid", &tracer) == 0 && tracer != 0) {
		status_name(b, (pid_t)tracer);
		strbuf_printf(b, " (pid %ld) traces it", tracer);
	} else if (flags & PF_KTHREAD) {
		strbuf_puts(b, "it is a kernel thread");
	} else if (has_ended(pid)) {
		strbuf_puts(b, has_others(pid) ? "its first thread has ended; -f takes the others on" : "it has ended");
	} else {
		strbuf_puts(b, "Operation not permitted (it is another user's, or privileged, or "
			       "kernel.yama.ptrace_scope forbids; needs CAP_SYS_PTRACE)");
	}
}

static int refuse(struct trace *tr, pid_t pid, int err)
{
	strbuf_clear(&tr->text);
	put_reason(&tr->text, pid, err);
	report("cannot attach to pid %d: %s", (int)pid, strbuf_str(&tr->text));
	return -1;
}

struct attaching {
	struct trace *tr;
	pid_t pid;
	size_t added;
	bool any;	/* thread of it is ours */
};

/* One thread of a process with several.  Those that vanish meanwhile, or are ours already, are no failure. */
static int attach_thread(void *arg, pid_t tid)
{
	struct attaching *a = arg;
	struct trace *tr = a->tr;

	if (tracees_find(&tr->tracees, tid)) {
		a->any = true;
		return 0;
	}
	int r = attach_seize(tr, tid, tr->opt->follow ? 0 : PTRACE_O_TRACEEXIT);
	if (r < 0)
		return tid == a->pid && !(has_ended(tid) && has_others(tid)) ? r : 0;
	struct tracee *t = tracees_add(&tr->tracees, tid);
	if (!t)
		return -ENOMEM;
	t->tgid = a->pid;
	t->attached = t->foreign = true;
	t->phase = PHASE_TRACED;
	engine_count(tr, t, 1);
	a->added++;
	a->any = true;
	return 0;
}

static int attach_process(struct trace *tr, pid_t pid)
{
	struct attaching a = {.tr = tr};
	int r;

	if (pid == getpid())
		return -EPERM;
	proc_process(pid, &a.pid);
	if (!tr->opt->follow) {
		r = attach_thread(&a, pid);
		return r < 0 ? r : a.any ? 0 : -EPERM;
	}
	do {	/* until a round finds no thread that was made meanwhile */
		a.added = 0;
		r = proc_threads(a.pid, attach_thread, &a);
	} while (r == 0 && a.added > 0);
	return r < 0 ? r : a.any ? 0 : -EPERM;
}

int attach_all(struct trace *tr)
{
	for (size_t i = 0; i < tr->opt->npids; i++) {
		int r = attach_process(tr, tr->opt->pids[i]);
		if (r < 0)
			return refuse(tr, tr->opt->pids[i], -r);
	}
	return 0;
}

void attach_begin(struct trace *tr)
{
	for (struct tracee *t = tr->tracees.first; t; t = t->next)
		if (t->phase == PHASE_TRACED)
			status_tracing(tr, t);
	for (struct tracee *t = tr->tracees.first; t; t = t->next)
		if (t->phase == PHASE_TRACED)
			ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
}

/*
 * Letting go.
 *
 * To detach takes a stop, and to stop a thread that blocks ends its call,
 * some calls with EINTR.  So a thread in a call is left alone, without being
 * shown any more.  The next stop of it is at the return of the call, and
 * there it is detached; if we end before, the kernel does it (exit_ptrace,
 * kernel/ptrace.c), without waking who is not stopped, and for who is, as if
 * we had passed on the signal that it is stopped for - unless we have waited
 * for that stop.
 *
 * A thread outside of calls is let go at its next stop.  That may be at the
 * entry of a call, the one place where detaching disturbs: it looks to the
 * call as if a signal were pending (ptrace_signal_wake_up).  Then it is one
 * of those in a call.
 */

static bool is_in_call(const struct tracee *t)
{
	return t->where == WHERE_CALL || t->where == WHERE_HIDDEN;
}

/* Whatever becomes of us, it goes on; or it stays traced.  Its single step has to be seen to end. */
static bool may_be_left(const struct tracee *t)
{
	return t->phase == PHASE_TRACED && !t->stepping && (t->filtered || (t->attached && is_in_call(t)));
}

static void put_end(struct trace *tr, struct tracee *t)
{
	call_cut(tr, t);
	status_detached(tr, t);
	birth_release(tr, t);
}

void attach_leave(struct trace *tr, struct tracee *t)
{
	t->detaching = true;
	if (t->phase == PHASE_BORN) {
		birth_hurry(tr, t);
	} else if (t->waiting) {
		attach_detach(tr, t, 0);
	} else if (may_be_left(t)) {
		placement_leave(&tr->placement, t);
		put_end(tr, t);
		mute_thread(tr, t);
	} else if (t->phase == PHASE_STARTING || is_in_call(t)) {	/* the kernel would kill it when we end */
		attach_hurry(t);
	} else {
		tr->departing = true;
	}
}

void attach_hurry(const struct tracee *t)
{
	ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
}

void attach_detach(struct trace *tr, struct tracee *t, int sig)
{
	int request = t->filtered ? PTRACE_CONT : is_in_call(t) ? PTRACE_SYSCALL : PTRACE_DETACH;

	call_catch_up(tr);	/* while it is stopped */
	placement_leave(&tr->placement, t);
	t->attached = true;
	if (request == PTRACE_SYSCALL)
		attach_spare(tr, t);
	if (ptrace(request, t->tid, NULL, sig) < 0)
		return;		/* it is dying: wait will tell */
	put_end(tr, t);
	if (request != PTRACE_DETACH)
		mute_thread(tr, t);
	else
		engine_drop(tr, t);
}
