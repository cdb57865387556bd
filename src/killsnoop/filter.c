#include "filter.h"

#include <limits.h>
#include <signal.h>
#include <traceevent/event-parse.h>
#include <unistd.h>

#include "names.h"

bool filter_needs_signals(const struct options *o)
{
	return o->all || o->kernel || o->target;
}

static bool is_target(const struct options *o, const struct row *row)
{
	if (o->target > 0)
		return row->wanted || (row->call && !row->to_is_fd && row->to == o->target);
	if (!row->call)
		return row->target && getpgid(row->target) == -o->target;
	if (row->to_is_fd)
		return false;
	/* 0 is the sender's own group; whoever is still there can tell which that was */
	return row->to == o->target || (row->to == 0 && ((row->pid && getpgid(row->pid) == -o->target) ||
							  (row->target && getpgid(row->target) == -o->target)));
}

bool filter_row(const struct options *o, const struct row *row)
{
	if (row->call ? !o->all && row->call != o->only : !o->kernel)
		return false;
	if (!row->call && row->sig == SIGCHLD && !o->has_signals)
		return false;
	if (o->has_signals && (row->sig < 0 || row->sig >= SIGNALS || !o->signals[row->sig]))
		return false;
	if (o->failed && !row_error(row))
		return false;
	if (o->pid && row->pid != o->pid)
		return false;
	if (o->target && !is_target(o, row))
		return false;
	return !o->has_comm || (row->comm && regexec(&o->comm, row->comm, 0, NULL, 0) == 0);
}

/*
 * Not with -a and -k: they show the target as the kernel numbers it, and it
 * may be the one that is asked for though its sender, in another PID
 * namespace, gave another number.  And a call that was left out would make
 * its signal look like one that no call sent.
 */
bool filter_is_partial(const struct options *o)
{
	return o->target && !o->all && !o->kernel;
}

/*
 * The field is as wide as a register, and the caller may leave dirt above
 * the 32 bits that count.  A group, too, comes as a large number.  Only a
 * parameter that is a process can be compared: a thread's number or a
 * descriptor says little about the process it leads to.
 */
void filter_text(const struct options *o, const struct call *call, const char *field, struct strbuf *text)
{
	const struct member *m = &table_members[table_sigs[call->sig].first + call->to];

	strbuf_clear(text);
	if (!filter_is_partial(o) || !field || table_types[m->type].kind != KIND_pid)
		return;
	if (o->target > 0)
		strbuf_printf(text, "%s == %d || ", field, o->target);
	strbuf_printf(text, "%s == 0 || %s > %d", field, field, INT_MAX);
}

void filter_signal_text(const struct options *o, struct strbuf *text)
{
	strbuf_clear(text);
	if (o->pid)
		strbuf_printf(text, "!(common_flags & %d)", TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ);
}
