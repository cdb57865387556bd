/* What a stop of a traced thread means. */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/wait.h>

bool stop_info(const struct tracee *t, struct ptrace_syscall_info *info)
{
	return ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(*info), info) > 0;
}

static struct go syscall_stop(struct trace *tr, struct tracee *t)
{
	struct ptrace_syscall_info info;

	if (!stop_info(t, &info))
		return (struct go){0, 0};
	confine_result(t, &info);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		call_enter(tr, t, &info);
		placement_enter(tr, t);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		call_leave(tr, t, &info);
		confine_return(tr, t);
		if (!birth_return(tr, t))
			return (struct go){0, 0};
	}
	return (struct go){PTRACE_SYSCALL, 0};
}

/* The filter lets a call stop.  After a held call the entry was seen already. */
static void seccomp_stop(struct trace *tr, struct tracee *t)
{
	struct ptrace_syscall_info info;

	if (t->where != WHERE_CALL && stop_info(t, &info))
		call_enter(tr, t, &info);
	confine_stop(t);
}

/* PTRACE_EVENT_STOP: with a stopping signal a group stop, in which the thread stays; else an interrupt, or its end. */
static struct go event_stop(int sig)
{
	bool group = sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;

	return (struct go){group ? PTRACE_LISTEN : PTRACE_SYSCALL, 0};
}

void stop_handle(struct trace *tr, struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	struct go go = {PTRACE_SYSCALL, 0};

	if (event != PTRACE_EVENT_EXEC)		/* then it has the id of another, which is gone */
		placement_stop(&tr->placement, t);
	if (sig == (SIGTRAP | 0x80)) {
		go = syscall_stop(tr, t);
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
		birth_event(tr, t, event);
	} else if (event == PTRACE_EVENT_EXEC) {
		t = birth_exec(tr, t);
		if (t)
			placement_exec(&tr->placement, t);
	} else if (event == PTRACE_EVENT_EXIT) {
		t->exiting = true;
		tr->exiting++;
	} else if (event == PTRACE_EVENT_SECCOMP) {
		seccomp_stop(tr, t);
	} else if (event == PTRACE_EVENT_STOP) {
		go = event_stop(sig);
	} else if (event == 0) {
		go = signal_stop(tr, t, sig);
	}
	if (t)
		engine_go(tr, t, go);
}
