/*
 * Programs that put a filter of seccomp(2) on themselves, beside the one that
 * the kernel filters their calls with for us.
 *
 * Of all filters the answer that is the strictest counts, so a call that the
 * program's own one refuses never stops for ours.  Such a thread stops at
 * every call, before any filter is asked, and is filtered by trace as well.
 *
 * Among answers that are equally strict, that of the newest filter counts.  So
 * when the program's own one leaves a call to a tracer, the stop carries the
 * program's number, not ours.  Without us such a call would fail with ENOSYS,
 * as nobody has asked the kernel for these stops.
 */
#include "trace.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <unistd.h>

#include "bpf.h"
#include "util/proc.h"

#define SET_SYSCALL_INFO 0x4212	/* PTRACE_SET_SYSCALL_INFO of linux/ptrace.h, since Linux 6.16 */

/* Only with the number of no call does the kernel not make it. */
void confine_stop(struct tracee *t)
{
	struct ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));	/* with what the kernel does not fill in, and wants to be zero when it is set */
	if (!stop_info(t, &info) || info.op != PTRACE_SYSCALL_INFO_SECCOMP ||
	    (info.seccomp.ret_data & SECCOMP_RET_DATA) == BPF_MARK)
		return;
	info.seccomp.nr = (uint64_t)-1;
	t->refused = ptrace(SET_SYSCALL_INFO, t->tid, sizeof(info), &info) == 0;
}

/* Of a call that is not made, some architectures give back the first argument. */
void confine_result(struct tracee *t, struct ptrace_syscall_info *info)
{
	if (!t->refused || info->op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	t->refused = false;
	if (info->exit.is_error && info->exit.rval == -ENOSYS)
		return;
	info->exit.is_error = 1;
	info->exit.rval = -ENOSYS;
	ptrace(SET_SYSCALL_INFO, t->tid, sizeof(*info), info);
}

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
