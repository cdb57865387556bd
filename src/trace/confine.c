/*
 * Programs that put a filter of seccomp(2) on themselves, beside the one that
 * the kernel filters their calls with for us.
 *
 * Of all filters the answer that is the strictest counts, so a call that the
 * program's own one refuses never stops for ours.  Such a thread stops at
 * every call, before any filter is asked, and is filtered by trace as well.
 */
#include "trace.h"

#include <sys/ptrace.h>
#include <unistd.h>

#include "util/proc.h"

bool confine_itself(pid_t tid)
{
	long ours, theirs;

	/* Unsure, as before Linux 5.9: it has, which costs time and nothing else. */
	return proc_status(getpid(), "Seccomp_filters", &ours) < 0 ||
	       proc_status(tid, "Seccomp_filters", &theirs) < 0 || theirs > ours + 1;
}

/* One that runs to the next call that is shown has to stop, to go on to the next call at all. */
static void confine(struct tracee *t, const struct tracee *caller)
{
	t->confined = true;
	if (t != caller && (t->where == WHERE_OUTSIDE || t->where == WHERE_HIDDEN))
		ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
}

void confine_return(struct trace *tr, struct tracee *caller)
{
	if (!caller->filtered || !caller->record.call || !caller->record.call->seccomp)
		return;
	for (struct tracee *t = tr->tracees.first; t; t = t->next)	/* SECCOMP_FILTER_FLAG_TSYNC: all threads */
		if (t->tgid == caller->tgid && t->phase == PHASE_TRACED && !t->confined && confine_itself(t->tid))
			confine(t, caller);
}
