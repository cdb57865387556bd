/*
 * Waiting for one of many.
 *
 * waitpid(-1) looks at every thread that is traced, one after the other, each
 * time (do_wait, kernel/exit.c): with 2000 of them, 60 us.  waitpid for one
 * thread looks at that one.  So, with many, those are asked that had an event
 * the last time, and now and then every one, so that none starves; and it is
 * SIGCHLD that is waited for, which names the thread.
 *
 * Of several SIGCHLD that come at once, one is kept (signal(7)).  The others'
 * threads are found when they are asked, or by waitpid(-1) when there was no
 * signal for a moment: a longer one, the more often that found nobody.
 */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum {
	CROWD = 32,		/* threads; as many can be looked at in the time of two more system calls */
	PATIENCE = 100000,	/* ns: about what it costs not to have any */
	PATIENCE_MAX = 32 * PATIENCE,
};

/* Is there an event to be handled? */
static bool has_news(const struct trace *tr)
{
	return tr->nevents > 0 || tr->unlisted;
}

static void ask(struct trace *tr, pid_t tid)
{
	int status;

	if (waitpid(tid, &status, __WALL | WNOHANG) > 0)
		engine_note(tr, tid, status);
}

/* Those that had an event the last time, and children they have just made.  What is noted takes their places. */
static void ask_last(struct trace *tr, size_t nlast)
{
	for (size_t i = 0; i < nlast; i++) {
		const struct tracee *t = tracees_find(&tr->tracees, tr->events[i]);
		pid_t newborn = t ? t->newborn : 0;

		ask(tr, tr->events[i]);
		if (newborn != 0 && tr->nevents <= i)
			ask(tr, newborn);
	}
}

static void ask_all(struct trace *tr)
{
	for (const struct tracee *t = tr->tracees.first; t; t = t->next)
		if (!t->has_event)
			ask(tr, t->tid);
	tr->unasked = 0;
}

/* No signal for a moment: was one lost?  False when nothing is left to wait for. */
static bool ask_any(struct trace *tr)
{
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
		engine_note(tr, tid, status);
	if (has_news(tr))
		tr->patience = PATIENCE;
	else if (tr->patience < PATIENCE_MAX)
		tr->patience *= 2;
	return tid == 0 || has_news(tr);
}

bool crowd_collect(struct trace *tr, size_t nlast)
{
	siginfo_t si;
	sigset_t set;

	if (tr->tracees.n <= CROWD)
		return false;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (!tr->crowd) {
		signal(SIGCHLD, SIG_DFL);	/* for stops too, see interrupt.c */
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	if (tr->patience == 0)
		tr->patience = PATIENCE;
	tr->crowd = true;
	tr->unasked += nlast;
	ask_last(tr, nlast);
	if (tr->unasked >= tr->tracees.n)
		ask_all(tr);
	while (!has_news(tr)) {
		const struct timespec patience = {0, tr->patience};
		if (sigtimedwait(&set, &si, &patience) < 0) {
			if (errno == EINTR)
				return true;
			if (!ask_any(tr))
				return false;
			continue;
		}
		if (!tracees_find(&tr->tracees, si.si_pid))
			return false;
		ask(tr, si.si_pid);
	}
	return true;
}
