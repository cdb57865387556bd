#include "calls.h"

#include "names.h"

/* How long after a loss a signal may still come from a call whose entry was lost: ns. */
#define DOUBT 1000000

/* A thread is looked up in /proc again not more often than this: ns. */
#define REFRESH 100000000

static void forget(struct calls *c, struct task *task)
{
	if (task->pending.call)
		c->halves++;
	task->pending.call = NULL;
}

/* A thread, with what /proc says of it now if that is not known better, or may be old. */
static struct task *look_up(const struct calls *c, pid_t tid, uint64_t ts, bool may_be_old)
{
	struct task *task = tasks_ask(c->tasks, tid);

	if (task && may_be_old && ts - task->refreshed > REFRESH) {
		tasks_refresh(task);
		task->refreshed = ts;
	}
	return task;
}

/* Its birth or its new name may have been lost. */
static struct task *sender(const struct calls *c, const struct event *ev)
{
	const struct task *task = tasks_find(c->tasks, ev->tid);

	return look_up(c, ev->tid, ev->ts, task && c->gap > task->refreshed);
}

static void enter(struct calls *c, const struct event *ev)
{
	struct task *task = sender(c, ev);

	if (!task)
		return;
	forget(c, task);
	struct pending *p = &task->pending;
	p->call = ev->call;
	p->ts = ev->ts;
	p->ntargets = 0;
	p->wanted = false;
	for (unsigned i = 0; i < 6; i++)
		p->arg[i] = ev->arg[i];
}

static void set_target(struct calls *c, struct row *row, pid_t target)
{
	const struct task *task = target ? look_up(c, target, row->ts, c->blind) : NULL;

	row->target = target;
	row->target_pid = task && task->tgid ? task->tgid : target;
}

static void set_sender(struct row *row, const struct task *task)
{
	row->tid = task->tid;
	row->pid = task->tgid;
	row->comm = task->tgid || task->comm[0] ? task->comm : NULL;
}

/* The member of the table that describes the parameter by which a call says whom. */
static const struct member *to_member(const struct call *call)
{
	return &table_members[table_sigs[call->sig].first + call->to];
}

static bool leave(struct calls *c, const struct event *ev, struct row *row)
{
	struct task *task = tasks_find(c->tasks, ev->tid);
	struct pending *p = task ? &task->pending : NULL;

	if (!p || !p->call) {
		c->halves += c->gap && !c->partial;	/* before any loss: a call that was in progress at the start */
		return false;
	}
	/* Between the two, another exit and another entry may have got lost: then they are not a pair. */
	if (p->call != ev->call || p->ts < c->gap) {
		forget(c, task);
		c->halves++;
		return false;
	}
	*row = (struct row){
		.ts = ev->ts,
		.call = p->call,
		.sig = (int)(uint32_t)p->arg[p->call->sends],	/* the kernel takes the low 32 bits */
		.to = (int)(uint32_t)p->arg[p->call->to],
		.to_is_fd = table_types[to_member(p->call)->type].kind == KIND_fd,
		.ret = ev->ret,
		.ntargets = p->ntargets,
		.wanted = p->wanted,
	};
	for (unsigned i = 0; i < 6; i++)
		row->arg[i] = p->arg[i];
	set_sender(row, task);
	set_target(c, row, p->ntargets ? p->target : 0);
	p->call = NULL;
	return true;
}

static bool signal_sent(struct calls *c, const struct event *ev, struct row *row)
{
	struct task *task = ev->interrupt ? NULL : sender(c, ev);
	struct pending *p = task ? &task->pending : NULL;

	*row = (struct row){
		.ts = ev->ts,
		.sig = ev->signal.sig,
		.code = ev->signal.code,
		.result = ev->signal.result,
		.ntargets = 1,
	};
	if (task)
		set_sender(row, task);
	set_target(c, row, ev->signal.target);
	row->wanted = row->target_pid == c->wanted;
	if (p && p->call && ev->signal.sig == (int)(uint32_t)p->arg[p->call->sends]) {
		if (p->ntargets++ == 0)
			p->target = ev->signal.target;
		p->wanted |= row->wanted;
		return false;
	}
	/* a positive code is the kernel's own: no call can send it to another process (rt_sigqueueinfo(2)) */
	return ev->interrupt || ev->signal.code > 0 || !c->gap || ev->ts - c->gap > DOUBT;
}

bool calls_apply(struct calls *c, const struct event *ev, struct row *row)
{
	struct task *task;

	switch (ev->kind) {
	case EVENT_ENTER:
		enter(c, ev);
		return false;
	case EVENT_EXIT:
		return leave(c, ev, row);
	case EVENT_SIGNAL:
		return signal_sent(c, ev, row);
	case EVENT_LOST:
		c->lost += ev->lost;
		c->gap = ev->ts;
		return false;
	case EVENT_NEWTASK:	/* it has the number of one whose end was lost */
	case EVENT_TASK_EXIT:
		task = tasks_find(c->tasks, ev->task.tid);
		if (task)
			forget(c, task);
		break;
	default:
		break;
	}
	tasks_apply(c->tasks, ev);
	return false;
}

static void end_task(void *arg, struct task *task)
{
	struct calls *c = arg;

	if (task->pending.ts < c->gap)	/* otherwise it is in progress */
		forget(c, task);
}

void calls_end(struct calls *c)
{
	tasks_each(c->tasks, end_task, c);
}
