/* A call as a whole: its two halves, and what comes after the result. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "expr.h"
#include "kinds.h"
#include "walk.h"

/* The parameters of a call, in order, through its switches. */
struct params {
	const struct walk *w;
	struct scope *scope;
	const struct sig *sig;
	unsigned i;
};

static struct params params_of(const struct walk *w, struct scope *scope)
{
	*scope = (struct scope){.what = SCOPE_CALL};
	return (struct params){w, scope, &table_sigs[w->rec->call->sig], 0};
}

static const struct member *next_param(struct params *p)
{
	while (p->i == p->sig->count) {
		if (!p->sig->sw)
			return NULL;
		p->sig = choose(p->w, p->scope, &table_switches[p->sig->sw - 1]);
		p->i = 0;
	}
	return &table_members[p->sig->first + p->i++];
}

/* The signature that says what the result is: of the innermost case. */
static const struct sig *last_sig(const struct walk *w)
{
	const struct sig *sig = &table_sigs[w->rec->call->sig];
	struct scope scope = {.what = SCOPE_CALL};

	while (sig->sw)
		sig = choose(w, &scope, &table_switches[sig->sw - 1]);
	return sig;
}

/* A call of these classes returns only when it failed. */
static bool returns(const struct call *c)
{
	return c->cls != CALL_NORETURN && c->cls != CALL_EXEC && c->cls != CALL_SIGRETURN;
}

/* Has the call written to what an `out` parameter points to? */
static bool written(const struct walk *w, struct scope *scope, const struct member *m)
{
	int64_t v;

	if (!(m->dir & DIR_OUT) || !w->returned)
		return false;
	return m->when ? expr_eval(w, scope, m->when, &v) && v : w->ret_known;
}

static void show_param(struct walk *w, struct scope *scope, const struct member *m)
{
	uint64_t value = walk_arg(w, m);
	bool after = written(w, scope, m);

	if (!walk_spend(w, 1) || (m->dir == DIR_OUT && !after)) {
		w->sink->ops->address(w->sink, table_name(m->name), value);
		return;
	}
	w->pass = after ? PASS_OUT : PASS_IN;
	show_slot(w, scope, m, value);
}

/*
 * Where the entry half ends.  Both halves ask this, and must find the same
 * place: so a condition that depends on the result counts as true in both.
 */
static bool splits_before(const struct walk *w, struct scope *scope, const struct member *m)
{
	if (m->dir != DIR_OUT || m->cond == 0)
		return m->dir == DIR_OUT;
	struct walk entry = *w;
	entry.returned = entry.ret_known = false;
	return expr_cond(&entry, scope, m->cond);
}

static void unknown_entry(const struct walk *w)
{
	const struct sink_ops *ops = w->sink->ops;
	char name[40];

	snprintf(name, sizeof(name), "syscall_%" PRIu64, w->rec->nr);
	ops->call(w->sink, name);
	for (unsigned i = 0; i < 6; i++)
		ops->number(w->sink, NULL, w->rec->arg[i], FORMAT_HEX, w->word);
	ops->params_end(w->sink);
}

void decode_keep(struct call_record *rec, const struct target *target)
{
	if (!rec->call || rec->call->keeps == NO_PARAM || !target->read)
		return;
	uint64_t addr = rec->arg[rec->call->keeps] + rec->call->keeps_at;

	rec->is_kept = target->read(target->ctx, addr, &rec->kept, sizeof(rec->kept)) == sizeof(rec->kept);
}

/* Does the call fill in something of the len bytes at addr? */
static bool fills_in(const struct call_record *rec, uint64_t addr, uint64_t len)
{
	const struct sig *sig = &table_sigs[rec->call->sig];

	for (unsigned i = 0; i < sig->count; i++) {
		const struct member *m = &table_members[sig->first + i];
		uint64_t filled = rec->arg[m->off];

		if (m->dir & DIR_OUT && (filled - addr < len || addr - filled < table_types[m->type].width))
			return true;
	}
	return false;
}

bool decode_late(const struct call_record *rec)
{
	if (!rec->call || !rec->call->late)
		return false;
	for (unsigned i = 0; i < 6; i++)
		if (rec->call->given & 1U << i && fills_in(rec, rec->arg[i], PATH_MAX))
			return false;
	return true;
}

void decode_entry(const struct call_record *rec, const struct target *target, const struct decode_options *opt,
		  struct sink *sink)
{
	const struct member *m;
	struct scope scope;
	struct params params;
	struct walk w;

	walk_init(&w, rec, target, opt, sink);
	if (!rec->call) {
		unknown_entry(&w);
		return;
	}
	sink->ops->call(sink, table_name(rec->call->name));
	for (params = params_of(&w, &scope); (m = next_param(&params)) != NULL;) {
		if (splits_before(&w, &scope, m)) {
			sink->ops->split(sink);
			return;
		}
		if (expr_cond(&w, &scope, m->cond))
			show_param(&w, &scope, m);
	}
	if (returns(rec->call))
		sink->ops->params_end(sink);
	else
		sink->ops->noresult(sink);
}

/* The parameters that the entry half left.  Returns false when it left none. */
static bool show_rest(struct walk *w)
{
	const struct member *m;
	struct scope scope;
	struct params params;
	bool split = false;

	for (params = params_of(w, &scope); (m = next_param(&params)) != NULL;) {
		if (!split && splits_before(w, &scope, m)) {
			split = true;
			w->sink->ops->resume(w->sink, RESUME_PARAMS);
		}
		if (split && expr_cond(w, &scope, m->cond))
			show_param(w, &scope, m);
	}
	if (split)
		w->sink->ops->params_end(w->sink);
	return split;
}

static void show_result(struct walk *w)
{
	const struct call_record *rec = w->rec;

	if (rec->err) {
		w->sink->ops->error(w->sink, rec->err, decode_constant(TYPE_errno, (uint64_t)rec->err));
		return;
	}
	if (rec->ret_unknown) {
		w->sink->ops->result_fault(w->sink);
		return;
	}
	if (!rec->call) {
		w->sink->ops->number(w->sink, NULL, (uint64_t)rec->ret, FORMAT_SIGNED, w->word);
		return;
	}
	unsigned ret = last_sig(w)->ret;
	const struct type *t = &table_types[ret];
	unsigned width = t->width && t->width < 8 ? t->width : 8;

	if (lives_in_memory(t))		/* void: there is a result all the same, when the kernel says so */
		w->sink->ops->number(w->sink, NULL, (uint64_t)rec->ret, FORMAT_SIGNED, w->word);
	else
		show_scalar(w, NULL, ret, extend((uint64_t)rec->ret, width * 8, t->traits & TYPE_SIGNED),
			    width);
}

static bool is_struct_pointer(const struct member *m)
{
	return m->stars == 1 && !(m->how & HOW_ARRAY) && table_types[m->type].cls == TYPE_STRUCT;
}

/* What one parameter adds to the result; `printed`: the entry half showed it.  Returns the number of values. */
static unsigned extra_of_param(struct walk *w, struct scope *scope, const struct member *m, bool printed,
			       enum outs outs)
{
	uint64_t size = SIZE_NONE, value = walk_arg(w, m);

	if (value == 0 || !member_pointer(m) || !expr_cond(w, scope, m->cond))
		return 0;
	if (m->dir == (DIR_IN | DIR_OUT)) {
		if (!written(w, scope, m))
			return 0;
		w->pass = PASS_AGAIN;
		if (printed && outs == OUTS_SHOW)
			show_slot(w, scope, m, value);
		return printed;
	}
	if (m->dir == DIR_OUT || !is_struct_pointer(m) || (m->sized && !expr_size(w, scope, m->sized, &size)))
		return 0;
	w->pass = PASS_OUT;
	return show_outs(w, m->type, value, size, outs);
}

struct extras {
	unsigned n;
	unsigned again;	/* of them: parameters printed again */
};

static struct extras walk_extras(struct walk *w, enum outs outs)
{
	const struct member *m;
	struct scope scope;
	struct params params;
	struct extras x = {0};
	bool printed = true;

	for (params = params_of(w, &scope); (m = next_param(&params)) != NULL;) {
		unsigned n;

		printed = printed && !splits_before(w, &scope, m);
		n = extra_of_param(w, &scope, m, printed, outs);
		x.n += n;
		if (m->dir == (DIR_IN | DIR_OUT))
			x.again += n;
	}
	return x;
}

/* What the call gave back beside its result and its `out` parameters. */
static void show_extras(struct walk *w)
{
	const struct sink_ops *ops = w->sink->ops;
	struct extras x;

	if (w->opt->addresses)
		return;
	if (w->rec->call->cls == CALL_FORK && w->rec->ret == 0)
		return;		/* the child: the kernel wrote to the memory of its parent */
	x = walk_extras(w, OUTS_COUNT);
	if (x.n == 0)
		return;
	if (x.n == 1 && x.again == 1) {
		walk_extras(w, OUTS_SHOW);
		return;
	}
	ops->open(w->sink, NULL, SHAPE_EXTRA, NULL);
	walk_extras(w, OUTS_SHOW);
	ops->close(w->sink, SHAPE_EXTRA);
}

static void show_also(struct walk *w)
{
	static const char *const names[] = {[ALSO_PPID] = "ppid", [ALSO_EUID] = "euid", [ALSO_EGID] = "egid"};
	const struct target *target = w->target;
	enum call_also also = w->rec->call->also;
	uint64_t value;

	if (also == ALSO_NOTHING || !target || !target->also || target->also(target->ctx, also, &value) != 0)
		return;
	w->sink->ops->open(w->sink, NULL, SHAPE_EXTRA, NULL);
	w->sink->ops->number(w->sink, names[also], value, FORMAT_UNSIGNED, 4);
	w->sink->ops->close(w->sink, SHAPE_EXTRA);
}

void decode_exit(const struct call_record *rec, const struct target *target, const struct decode_options *opt,
		 struct sink *sink)
{
	struct walk w;

	walk_init(&w, rec, target, opt, sink);
	w.returned = !rec->ret_unknown;
	w.ret_known = w.returned && !rec->err;
	if (!rec->call || !show_rest(&w))
		sink->ops->resume(sink, rec->call && !returns(rec->call) ? RESUME_NORESULT : RESUME_RESULT);
	w.pass = PASS_OUT;
	show_result(&w);
	if (!w.returned || !rec->call)
		return;
	show_extras(&w);
	if (w.ret_known)
		show_also(&w);
}

void decode_value(unsigned type, uint64_t value, const char *name, const struct target *target,
		  const struct decode_options *opt, struct sink *sink)
{
	const struct type *t = &table_types[type];
	struct walk w;

	walk_init(&w, NULL, target, opt, sink);
	w.pass = PASS_OUT;
	if (!lives_in_memory(t))
		show_scalar(&w, name, type, value, t->width);
	else if (opt->addresses || !show_memory(&w, name, type, value, SIZE_NONE))
		sink->ops->address(sink, name, value);
}
