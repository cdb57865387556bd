/*
 * Threads that are traced, and are not shown.
 *
 * Some were let go in a call that is not to be interrupted, see attach.c.
 * Others carry the kernel's half of a filter.  That stays with a program for
 * good, and its children inherit it.  A call that it hands to a tracer fails
 * with ENOSYS when there is none (seccomp(2)).  So nobody who carries the
 * filter is ever let go: children that are not to be followed, and what an
 * interrupt would detach, is traced on without a word.
 */
#include "trace.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/wait.h>

#include "util/proc.h"

void mute_thread(struct trace *tr, struct tracee *t)
{
	line_forget(channel_line(tr, t), &t->line);
	if (t->counted)
		engine_count(tr, t, -1);
	t->phase = PHASE_MUTED;
	t->attached = t->detaching = true;
	tr->muted++;
}

void mute_born(struct trace *tr, struct tracee *t)
{
	t->filtered = true;
	mute_thread(tr, t);
	if (t->arrived)
		mute_stop(tr, t, t->status);
}

static void let_go(struct trace *tr, struct tracee *t, int sig)
{
	if (ptrace(PTRACE_DETACH, t->tid, NULL, sig) < 0)
		return;		/* it is dying: wait will tell */
	birth_release(tr, t);
	engine_drop(tr, t);
}

/* To the end of a call only if that is ours to give. */
static void go_on(struct tracee *t, int sig)
{
	ptrace(t->refused ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, NULL, sig);
}

void mute_stop(struct trace *tr, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	struct ptrace_syscall_info info;
	unsigned long former;

	/* Before its creator goes on, and perhaps ends: a child that nobody knew of would be left alone. */
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
		birth_event(tr, t, event);

	if (event == PTRACE_EVENT_SECCOMP)
		confine_stop(t);
	else if (t->refused && sig == (SIGTRAP | 0x80) && stop_info(t, &info))
		confine_result(t, &info);

	if (event == PTRACE_EVENT_EXEC && ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &former) == 0 &&
	    (pid_t)former != t->tid) {	/* a thread that has taken over this id */
		struct tracee *gone = tracees_find(&tr->tracees, (pid_t)former);
		if (gone && gone->phase == PHASE_MUTED)
			engine_drop(tr, gone);
	}
	if (!t->filtered)
		let_go(tr, t, event == 0 && sig != (SIGTRAP | 0x80) ? sig : 0);
	else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, t->tid, NULL, NULL);
	else
		go_on(t, event == 0 && sig != (SIGTRAP | 0x80) ? sig : 0);
}

static bool is_muted(const struct trace *tr, pid_t tid, const char *field)
{
	long id;
	const struct tracee *t =
		proc_status(tid, field, &id) == 0 && (pid_t)id != tid ? tracees_find(&tr->tracees, (pid_t)id) : NULL;

	return t && t->phase == PHASE_MUTED && t->filtered;
}

bool mute_inherits(const struct trace *tr, pid_t tid)
{
	return is_muted(tr, tid, "Tgid") || is_muted(tr, tid, "PPid");
}

bool mute_filtered(const struct trace *tr, pid_t tid)
{
	long mode;

	/* Unsure: it does, as it comes to harm only if it does and nobody traces it. */
	return tr->program && (proc_status(tid, "Seccomp", &mode) < 0 || mode == 2);
}
