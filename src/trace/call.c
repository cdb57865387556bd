/* Entry and return of a call: from a stop to the decoder, from the decoder to the line. */
#include "trace.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>

#include "interrupt.h"
#include "kernel.h"
#include "memory.h"
#include "util/proc.h"

/* What the functions of a target work on. */
struct subject {
	struct trace *tr;
	struct tracee *t;
};

static size_t target_read(void *ctx, uint64_t addr, void *buf, size_t len)
{
	const struct subject *s = ctx;

	return memory_fetch(&s->tr->memory, s->t->tid, addr, buf, len);
}

static int target_also(void *ctx, enum call_also what, uint64_t *value)
{
	const struct subject *s = ctx;
	long number = 0;
	int r = -ENODATA;

	if (what == ALSO_PPID)
		r = proc_parent(s->t->tid, &number);
	else if (what == ALSO_EUID || what == ALSO_EGID)
		r = proc_effective_id(s->t->tid, what == ALSO_EUID ? PROC_USER : PROC_GROUP, (long)s->t->record.ret,
				      &number);
	*value = (uint64_t)number;
	return r;
}

/*
 * Asked once a call, mostly at its entry: that is the socket that the kernel
 * goes on with, whatever takes its place while the call blocks.
 */
static int target_netlink(void *ctx, int fd, uint64_t *protocol)
{
	const struct subject *s = ctx;
	struct tracee *t = s->t;
	struct netlink *n = &t->netlink;

	if (!n->asked) {
		n->asked = true;
		n->error = proc_netlink(t->tid, fd, &n->protocol);
		if (n->error == -ENOENT) {
			call_describe(s->tr, t);
			n->error = descriptor_netlink(&s->tr->descriptors, fd, &n->protocol);
		}
	}
	if (n->error == 0)
		*protocol = n->protocol;
	return n->error;
}

void call_describe(struct trace *tr, const struct tracee *t)
{
	tr->descriptors.tid = t->tid;
	tr->descriptors.tgid = t->tgid;
}

static struct target target_of(struct subject *s)
{
	return (struct target){.ctx = s, .read = target_read, .also = target_also, .netlink = target_netlink};
}

static void record_fill(struct call_record *rec, const struct ptrace_syscall_info *info)
{
	*rec = (struct call_record){.nr = info->entry.nr};
	rec->word = info->arch & __AUDIT_ARCH_64BIT ? 8 : 4;
	rec->call = info->arch == NATIVE_ARCH ? decode_find(rec->nr) : NULL;
	for (int i = 0; i < 6; i++)
		rec->arg[i] = info->entry.args[i];
	/* Its argument is what the stack pointer points to, not a register (sigreturn(2)). */
	if (rec->call && rec->call->cls == CALL_SIGRETURN)
		rec->arg[0] = info->stack_pointer;
}

static enum call_class class_of(const struct tracee *t)
{
	return t->record.call ? (enum call_class)t->record.call->cls : CALL_NORMAL;
}

bool call_makes_children(const struct tracee *t)
{
	return !t->record.call || t->record.call->cls == CALL_FORK;
}

/* Reads at once what these parameters point to, as far as that is known before any of it is read. */
static void gather(struct trace *tr, const struct tracee *t, unsigned registers)
{
	uint64_t addrs[6];
	unsigned n = 0;

	if (tr->opt->decode.addresses || tr->opt->summary == SUMMARY_ONLY)
		return;
	for (unsigned i = 0; i < 6; i++)
		if (registers & 1U << i)
			addrs[n++] = t->record.arg[i];
	if (n > 1)
		memory_gather(&tr->memory, t->tid, addrs, n);
}

/*
 * Can the entry half wait for the return, which takes one read less?  Not
 * where it would be seen before, nor with what has to be asked at the entry.
 */
static bool may_be_late(struct trace *tr, const struct tracee *t)
{
	const struct options *opt = tr->opt;

	return decode_late(&t->record) && channel_out(tr, t)->patient && opt->time == TIME_NONE && !opt->duration &&
	       !opt->json && !opt->paths && opt->summary == SUMMARY_NONE && !tr->stack && !tr->match;
}

void call_catch_up(struct trace *tr)
{
	struct tracee *t = tr->late;

	if (!t)
		return;
	struct subject subject = {tr, t};
	struct target target = target_of(&subject);

	tr->late = NULL;
	show_entry(tr, t, &target, SHOW_OWN);
}

/* Is this entry the held call going on?  The kernel repeats the call instruction, or calls restart_syscall instead. */
static bool goes_on(const struct tracee *t, const struct ptrace_syscall_info *info)
{
	struct call_record rec;

	record_fill(&rec, info);
	if (rec.call && rec.call->cls == CALL_RESTART)
		return true;
	return info->instruction_pointer == t->ip && info->stack_pointer == t->sp && rec.nr == t->record.nr;
}

void call_enter(struct trace *tr, struct tracee *t, const struct ptrace_syscall_info *info)
{
	call_catch_up(tr);
	t->netlink.asked = false;
	if (t->where == WHERE_HELD && goes_on(t, info)) {
		t->where = WHERE_CALL;
		return;
	}
	struct subject subject = {tr, t};
	struct target target = target_of(&subject);

	call_cut(tr, t);
	record_fill(&t->record, info);
	t->ip = info->instruction_pointer;
	t->sp = info->stack_pointer;
	t->where = show_wanted(tr, t, &target) ? WHERE_CALL : WHERE_HIDDEN;
	if (t->where == WHERE_CALL && may_be_late(tr, t)) {
		tr->late = t;
		interrupt_tick_soon();	/* until then */
		return;
	}
	if (t->where == WHERE_CALL) {
		gather(tr, t, t->record.call ? t->record.call->given : 0);
		decode_keep(&t->record, &target);
		show_entry(tr, t, &target, SHOW_OWN);
	}
	output_flush(channel_out(tr, t));	/* before the program goes on: it may block, or write to the same place */
	if (t->where == WHERE_CALL)
		show_start(tr, t);
}

static bool finish(struct trace *tr, struct tracee *t)
{
	struct subject subject = {tr, t};
	struct target target = target_of(&subject);

	t->where = WHERE_OUTSIDE;
	return show_exit(tr, t, &target);
}

void call_leave(struct trace *tr, struct tracee *t, const struct ptrace_syscall_info *info)
{
	const struct call *call = t->record.call;
	int64_t ret = info->exit.rval;
	bool sigreturn = class_of(t) == CALL_SIGRETURN, shown;

	if (t->where != WHERE_CALL) {
		t->where = WHERE_OUTSIDE;
		return;
	}
	if (call)
		gather(tr, t, (tr->late == t ? call->given : 0U) | (info->exit.is_error ? 0U : call->filled));
	call_catch_up(tr);
	if (!sigreturn && info->exit.is_error && kernel_restarts((int)-ret)) {
		t->where = WHERE_HELD;
		t->held_for = (int)-ret;
		return;
	}
	if (!info->exit.is_error && signal_refused(t, ret)) {
		t->where = WHERE_HELD;
		t->held_for = 0;
		return;
	}
	t->record.err = info->exit.is_error ? (int)-ret : 0;
	t->record.ret = ret;
	if (sigreturn) {	/* the result register is one of those it restored */
		t->where = WHERE_OUTSIDE;
		shown = call_complete(tr, t);
	} else {
		shown = finish(tr, t);
	}
	if (shown && (info->instruction_pointer != t->ip || info->stack_pointer != t->sp))
		status_context(tr, t);
}

bool call_end(struct trace *tr, struct tracee *t, int err)
{
	t->record.err = err;
	t->record.ret_unknown = err == 0;
	return finish(tr, t);
}

void call_child(struct trace *tr, struct tracee *t)
{
	/* What the call fills in lies in the memory of its creator, which may not be ours. */
	struct target target = {.ctx = t};

	show_entry(tr, t, &target, SHOW_CREATORS);
	t->json.start = 0;	/* it was its creator who made the call */
	show_exit(tr, t, &target);
}
