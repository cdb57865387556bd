/*
 * A call on its way to the output: timed, counted, held back until it is
 * known how it ends, or dropped.
 */
#include "show.h"

#include "match.h"
#include "stamp.h"
#include "trace.h"

void show_free(struct show *s)
{
	strbuf_free(&s->stack);
	strbuf_free(&s->entry);
}

bool show_wanted(struct trace *tr, const struct tracee *t, const struct target *target)
{
	const struct filter *f = &tr->opt->filter;
	const struct call *call = t->record.call;

	if (!filter_call(f, call))
		return false;
	/* It goes on with another call, and that was not shown either; when we came in the middle of it, nobody knows. */
	if (call && call->cls == CALL_RESTART && f->calls.given && t->where != WHERE_UNKNOWN)
		return false;
	return !tr->match || match_call(tr->match, t->tid, &t->record, target);
}

static void hold(struct trace *tr, struct strbuf *b, const char *text)
{
	strbuf_clear(b);
	strbuf_puts(b, text);
	channel_text(tr, b);
}

static void put_stack(struct trace *tr, struct tracee *t, bool held_back)
{
	const char *text = status_stack_text(tr, t);

	if (held_back)
		hold(tr, &t->show.stack, text ? text : "");
	else if (text)
		line_status(channel_line(tr, t), &t->line, text);
}

/* The child of the call that is made in its name has no stack and no time of its own. */
void show_entry(struct trace *tr, struct tracee *t, const struct target *target, enum show_whose whose)
{
	bool held_back = filter_needs_ending(&tr->opt->filter);

	t->show.open = true;
	t->show.held_back = held_back;
	t->show.start = 0;
	if (tr->opt->summary == SUMMARY_ONLY)
		return;
	if (tr->opt->json) {
		json_event_entry(tr, t, target);
		return;
	}
	if (whose == SHOW_OWN)
		put_stack(tr, t, held_back);
	else
		strbuf_clear(&t->show.stack);
	strbuf_clear(&tr->sink.text);
	call_describe(tr, t);
	decode_entry(&t->record, target, &tr->opt->decode, &tr->sink.sink);
	if (held_back)
		hold(tr, &t->show.entry, channel_text(tr, &tr->sink.text));
	else
		line_call(channel_line(tr, t), &t->line, channel_text(tr, &tr->sink.text));
}

void show_start(struct trace *tr, struct tracee *t)
{
	if (tr->opt->duration || tr->opt->summary != SUMMARY_NONE)
		t->show.start = stamp_clock();
}

bool call_is_open(const struct tracee *t)
{
	return t->show.open;
}

/* The call is over.  Returns whether it is to be shown; then what was held back is on its line. */
static bool end(struct trace *tr, struct tracee *t, enum ending ending, uint64_t *time)
{
	bool timed = t->show.start != 0, wanted = filter_ending(&tr->opt->filter, ending);

	t->show.open = false;
	*time = timed ? stamp_clock() - t->show.start : 0;
	if (timed && wanted && tr->opt->summary != SUMMARY_NONE)
		summary_add(&tr->summary, t->record.call, *time, ending == ENDING_FAILED);
	if (tr->opt->summary == SUMMARY_ONLY)
		return false;
	if (!wanted)
		t->json.open = false;
	if (wanted && t->show.held_back && !tr->opt->json) {
		if (t->show.stack.len > 0)
			line_status(channel_line(tr, t), &t->line, strbuf_str(&t->show.stack));
		line_call(channel_line(tr, t), &t->line, strbuf_str(&t->show.entry));
	}
	return wanted;
}

static void finish_line(struct trace *tr, struct tracee *t, uint64_t time)
{
	char text[40];

	if (tr->opt->duration && t->show.start != 0) {
		stamp_duration(text, sizeof(text), time);
		line_append(channel_line(tr, t), &t->line, text);
	}
	line_finish(channel_line(tr, t), &t->line);
}

bool show_exit(struct trace *tr, struct tracee *t, const struct target *target)
{
	const struct call_record *rec = &t->record;
	uint64_t time;

	if (!end(tr, t, rec->err ? ENDING_FAILED : rec->ret_unknown ? ENDING_UNFINISHED : ENDING_SUCCESSFUL, &time))
		return false;
	if (tr->opt->json) {
		json_event_exit(tr, t, target);
		return true;
	}
	strbuf_clear(&tr->sink.text);
	call_describe(tr, t);
	decode_exit(rec, target, &tr->opt->decode, &tr->sink.sink);
	line_append(channel_line(tr, t), &t->line, channel_text(tr, &tr->sink.text));
	finish_line(tr, t, time);
	return true;
}

bool call_complete(struct trace *tr, struct tracee *t)
{
	bool returns = !t->record.call || t->record.call->cls != CALL_NORETURN;
	uint64_t time;

	if (!end(tr, t, returns ? ENDING_SUCCESSFUL : ENDING_UNFINISHED, &time))
		return false;
	if (tr->opt->json)
		json_event_complete(tr, t);
	else
		finish_line(tr, t, time);
	return true;
}

bool call_cut(struct trace *tr, struct tracee *t)
{
	uint64_t time;

	if (tr->late == t)
		call_catch_up(tr);
	if (!t->show.open || !end(tr, t, t->detaching ? ENDING_DETACHED : ENDING_UNFINISHED, &time))
		return false;
	if (tr->opt->json)
		json_event_cut(tr, t);
	else
		line_cut(channel_line(tr, t), &t->line);
	return true;
}
