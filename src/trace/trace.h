/*
 * The state of one run of trace, and what its parts offer each other:
 *
 *	engine.c    waits for events and hands them out
 *	crowd.c     how to wait for one of many threads
 *	stop.c      what a stop means
 *	call.c      entry and return of a call
 *	show.c      a call on its way through the decoder to the output
 *	signal.c    signals, and calls that they interrupt
 *	birth.c     new children and threads, exec, death
 *	attach.c    running processes: taking them on, letting them go
 *	start.c     the command
 *	mute.c      threads that are still traced without being shown
 *	confine.c   programs with a seccomp filter of their own
 *	channel.c   which output they go to
 *	status.c    lines that are not calls
 *	json.c      --json: all of this as JSON Lines
 *	placement.c tracer and thread on one CPU, while that is faster
 *
 * Nothing here fails because a thread is gone: SIGKILL may end it at any
 * moment, every ptrace request may answer ESRCH, and wait tells of it later.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <signal.h>
#include <sys/types.h>

#include "channel.h"
#include "decode/decode.h"
#include "decode/sink_json.h"
#include "decode/sink_text.h"
#include "descriptor.h"
#include "line.h"
#include "memory.h"
#include "options.h"
#include "output.h"
#include "placement.h"
#include "summary.h"
#include "tracee.h"
#include "util/strbuf.h"

struct ptrace_syscall_info;
struct sock_filter;
struct stack;

struct trace {
	const struct options *opt;
	struct tracees tracees;
	struct line line;
	struct output out;
	struct channel *channels;	/* of processes that have an output of their own, then instead of these */
	struct text_sink sink;
	struct json_sink json;
	struct strbuf text;	/* scratch for status lines */
	struct strbuf name;	/* scratch for the name of a signal */
	struct stack *stack;	/* NULL: no stack traces */
	struct descriptors descriptors;	/* of the thread whose call is shown */
	struct memory memory;	/* of the thread whose stop is being handled */
	struct tracee *late;	/* is in a call whose entry half is still to be shown; NULL: none is */
	struct placement_state placement;
	struct sock_filter *program;	/* what the command carries, for the kernel to filter its calls; NULL: nothing */
	size_t program_size;	/* in instructions */
	size_t muted;		/* how many threads are */
	struct match *match;	/* NULL: calls need not name anything to be shown */
	struct summary summary;	/* -c, -C */

	pid_t *events;		/* threads whose events wait, in the order they came */
	size_t nevents, events_size;
	bool unlisted;		/* and there are others, for which it has no room */
	size_t exiting;		/* threads that have begun to exit; a bound, not exact */
	unsigned ticks;		/* when they were looked at last */
	size_t unasked;		/* events since every thread was asked for one */
	bool crowd;		/* SIGCHLD is blocked, for crowd.c */
	long patience;		/* ns that it waits for one */
	pid_t last;		/* -g: the thread that was active last */
	unsigned last_run;	/* how often it was preferred in a row */
	size_t unclaimed;	/* born, stopped, and their creator's event is still to come; a bound, not exact */

	unsigned interrupts;	/* how often we were told to stop */
	bool leaving;		/* everything is being detached: the output failed */
	bool departing;		/* threads are to be let go that have to stop for it, and are not asked to yet */
	unsigned patient;	/* for how many ticks they are not */
	bool over;		/* the trace has ended: what is left is not shown */
	bool quit;		/* leave at once: the kernel detaches what is left */
	pid_t command;		/* the command while it runs; 0: none, or ended */
	int go_fd;		/* the command waits for a byte here before its exec; -1: none */
	int failure_fd;		/* and writes errno here when that fails; -1: none */
	int status;		/* of the command as wait gave it, once it has ended */
	int error;		/* exit status of trace itself when it failed, or 0 */
};

/* What to do with a thread at the end of a stop. */
struct go {
	int request;	/* PTRACE_SYSCALL, _LISTEN, _SINGLESTEP, _CONT; 0: nothing, it is dying or waits */
	int sig;	/* delivered to it */
};

/* engine.c */

/* Runs until nothing is traced any more, but for what is not shown. */
void engine_run(struct trace *);

/* Handles what has happened since, and does not wait for more. */
void engine_serve(struct trace *);

/* Is anything left that cannot do without a tracer? */
bool engine_left(const struct trace *);

/* Stays with that. */
void engine_stay(struct trace *);

/* Notes what wait told of a thread.  A second status of the same one means that it was killed in the first. */
void engine_note(struct trace *, pid_t tid, int status);

/* The stop is over: lets the thread run, or go. */
void engine_go(struct trace *, struct tracee *, struct go);

/* A thread joins or leaves those that decide whether lines carry a pid. */
void engine_count(struct trace *, struct tracee *, int change);

/* Asks all of them to be let go, the command too. */
void engine_leave_all(struct trace *);

/* Forgets a thread: its line, its count, itself. */
void engine_drop(struct trace *, struct tracee *);

/* crowd.c */

/*
 * Waits for events, when there are many threads; the first nlast of `events`
 * had one the last time.  False when waitpid(-1) has to do it.  Without an
 * event noted, it was interrupted.
 */
bool crowd_collect(struct trace *, size_t nlast);

/* stop.c */

/* Any stop of a thread that is announced. */
void stop_handle(struct trace *, struct tracee *, int status);

/* Registers of a stopped thread: false when it is gone. */
bool stop_info(const struct tracee *, struct ptrace_syscall_info *);

/* call.c */
void call_enter(struct trace *, struct tracee *, const struct ptrace_syscall_info *);
void call_leave(struct trace *, struct tracee *, const struct ptrace_syscall_info *);

/* The open call ends in a failure, or in a way that nobody saw (err 0).  Returns whether it was shown. */
bool call_end(struct trace *, struct tracee *, int err);

/* The entry half that was put off is shown now. */
void call_catch_up(struct trace *);

/* It is the descriptors of this thread that sinks show from now on. */
void call_describe(struct trace *, const struct tracee *);

/* Can the call that it is in make a child?  One that is not known can. */
bool call_makes_children(const struct tracee *);

/* A new child returns 0 from the call that made it. */
void call_child(struct trace *, struct tracee *);

/* show.c; what ends a call returns whether it was shown. */

/* Does the filter let the call in the record through? */
bool show_wanted(struct trace *, const struct tracee *, const struct target *);

enum show_whose {
	SHOW_OWN,
	SHOW_CREATORS,	/* a new child returns from the call that made it */
};

/* The call in the record begins, */
void show_entry(struct trace *, struct tracee *, const struct target *, enum show_whose);
void show_start(struct trace *, struct tracee *);	/* the program goes on with it, */
bool show_exit(struct trace *, struct tracee *, const struct target *);	/* and it returns. */

/* Has it entered a call that may be shown and is not over? */
bool call_is_open(const struct tracee *);

/* The open call is complete, without a result. */
bool call_complete(struct trace *, struct tracee *);

/* The open call will never be completed.  Nothing when none is open. */
bool call_cut(struct trace *, struct tracee *);

/* signal.c */

/* A signal is about to be delivered, or a single step is done. */
struct go signal_stop(struct trace *, struct tracee *, int sig);

/* Is that no result, as a seccomp filter sends SIGSYS in place of the call? */
bool signal_refused(const struct tracee *, int64_t ret);

/* The text of a signal, valid until the next. */
const char *signal_text(struct trace *, int sig);

/* What the kernel told of a signal, as a struct of that name. */
void signal_info(struct trace *, siginfo_t *, const char *name, struct sink *);

/* birth.c */

/* A creator's event: GETEVENTMSG has the child's id. */
void birth_event(struct trace *, struct tracee *creator, int event);

/* A thread that is not announced has stopped for the first time. */
void birth_stop(struct trace *, struct tracee *, int status);

/* A call that may have made a child has returned.  False: the thread has to wait until the child has stopped. */
bool birth_return(struct trace *, struct tracee *creator);

/* The creator's call will not be seen to return: its child need not wait for that. */
void birth_release(struct trace *, struct tracee *creator);

/* A child that is to be let go begins without waiting for its creator. */
void birth_hurry(struct trace *, struct tracee *);

/* Children whose creator died before it could tell of them begin on their own. */
void birth_orphans(struct trace *);

/* An exec has succeeded.  Returns the thread that goes on, which has taken the id of its leader; NULL: it is not shown. */
struct tracee *birth_exec(struct trace *, struct tracee *);

/* A thread has died. */
void birth_death(struct trace *, struct tracee *, int status);

/* attach.c */

/* Attaches to all that -p names.  Returns 0, or -1 when one of them cannot be: that was reported. */
int attach_all(struct trace *);

/* Announces what attach_all took on, and lets the tracing begin. */
void attach_begin(struct trace *);

/* Seizes one thread with the options for ptrace that ours need.  Returns 0 or -errno. */
int attach_seize(const struct trace *, pid_t, unsigned long more_options);

/* Takes EXITKILL off a stopped process that is not our command. */
void attach_spare(const struct trace *, const struct tracee *);

/* The stopped command goes without the filter after all: its children need not be traced for that. */
void attach_limit(const struct trace *, const struct tracee *);

/* Lets a thread go, at its next stop if it has to have one; or it is muted. */
void attach_leave(struct trace *, struct tracee *);

/* It has had none for long: gives it one. */
void attach_hurry(const struct tracee *);

/* Lets a stopped thread go, with a signal that was about to be delivered to it. */
void attach_detach(struct trace *, struct tracee *, int sig);

/* start.c */

/* Makes the process for the command; it waits for start_go.  Returns 0 or -errno. */
int start_fork(struct trace *);

/* Traces that process, and after that, lets it exec.  Returns 0 or -errno. */
int start_seize(struct trace *);
void start_go(struct trace *);

/* Gives the command up before it began. */
void start_cancel(struct trace *);

/* A stop or the death of the command before its exec. */
void start_stop(struct trace *, struct tracee *, int status);
void start_death(struct trace *, struct tracee *);

/* mute.c */

/* From now on the thread, whose lines are complete, is not shown.  If it carries no filter, its next stop is the last. */
void mute_thread(struct trace *, struct tracee *);

/* A new one that carries the filter never is; it has stopped if it has arrived. */
void mute_born(struct trace *, struct tracee *);

/* Any stop of such a thread. */
void mute_stop(struct trace *, struct tracee *, int status);

/* Is this new thread one of, or a child of, a process that carries the filter and is not shown? */
bool mute_inherits(const struct trace *, pid_t tid);

/* Does a thread of which nothing is known carry the filter? */
bool mute_filtered(const struct trace *, pid_t tid);

/* confine.c */

/* A call has returned: if it may have put a filter on its thread or on others, those stop at all their calls now. */
void confine_return(struct trace *, struct tracee *);

/* A filter has stopped a call: if it was not ours, the call is refused, as if nobody traced it. */
void confine_stop(struct tracee *);

/* And that is its result when it returns. */
void confine_result(struct tracee *, struct ptrace_syscall_info *);

/* Does a thread that carries our filter have one of its own? */
bool confine_itself(pid_t tid);

/* status.c */
void status_name(struct strbuf *, pid_t);	/* appends the name of a thread, safe for a terminal: it may be anything */
void status_tracing(struct trace *, struct tracee *);
void status_exit(struct trace *, struct tracee *, int status);
void status_detached(struct trace *, struct tracee *);
void status_info(struct trace *, struct tracee *);	/* one line of the information key */
void status_context(struct trace *, struct tracee *);	/* --- */
void status_stack(struct trace *, struct tracee *);	/* -s, if asked for */
const char *status_stack_text(struct trace *, struct tracee *);	/* its text, valid until the next line; NULL: none */
void status_forget(struct trace *, struct tracee *);	/* its image is another now: what was cached of it */

/* json.c: what happened, as one line each; a call, when it is over. */
void json_event_entry(struct trace *, struct tracee *, const struct target *);
void json_event_exit(struct trace *, struct tracee *, const struct target *);
void json_event_complete(struct trace *, struct tracee *);	/* without a result */
void json_event_cut(struct trace *, struct tracee *);		/* nothing when no call is open */
void json_event_signal(struct trace *, struct tracee *, siginfo_t *);
void json_event_tracing(struct trace *, struct tracee *);
void json_event_ended(struct trace *, struct tracee *, int status);
void json_event_detached(struct trace *, struct tracee *);
void json_event_info(struct trace *, struct tracee *);

#endif
