/*
 * Events as JSON Lines.  A call is one line, written when it returns: its
 * entry half waits with its thread until then, and so a line never has to be
 * suspended.
 */
#include "json.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

#include "names.h"
#include "trace.h"
#include "util/json.h"

void json_owner_free(struct json_owner *o)
{
	strbuf_free(&o->half);
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* What every event has. */
static void begin(struct trace *tr, struct tracee *t, const char *type, uint64_t time)
{
	struct strbuf *b = &tr->json.text;

	proc_comm(t->tid, t->json.comm);	/* when it is gone, the name it had stays */
	strbuf_clear(b);
	json_open(b, NULL, '{');
	json_text(b, "type", type);
	json_seconds(b, "time", time, 6);
	json_int(b, "pid", t->tgid);
	json_int(b, "tid", t->tid);
	json_text(b, "comm", t->json.comm);
}

static void begin_now(struct trace *tr, struct tracee *t, const char *type)
{
	begin(tr, t, type, now(CLOCK_REALTIME));
}

/* Half a line would be no JSON: without memory the trace ends, as when the output cannot be written. */
static void end(struct trace *tr, const struct tracee *t)
{
	struct strbuf *b = &tr->json.text;

	json_close(b, '}');
	strbuf_putc(b, '\n');
	if (!b->lost)
		output_write(channel_out(tr, t), strbuf_str(b), b->len);
	else
		channel_fail(tr, ENOMEM);
}

void json_event_entry(struct trace *tr, struct tracee *t, const struct target *target)
{
	struct json_owner *o = &t->json;

	o->open = true;
	o->entered = now(CLOCK_REALTIME);
	o->start = now(CLOCK_MONOTONIC);
	strbuf_clear(&tr->json.text);
	call_describe(tr, t);
	decode_entry(&t->record, target, &tr->opt->decode, &tr->json.sink);
	strbuf_clear(&o->half);
	strbuf_add(&o->half, strbuf_str(&tr->json.text), tr->json.text.len);
	o->half.lost |= tr->json.text.lost;
}

/* A line with the entry half, whose args are still open. */
static void begin_call(struct trace *tr, struct tracee *t)
{
	struct strbuf *b = &tr->json.text;

	begin(tr, t, "syscall", t->json.entered);
	json_key(b, NULL);
	strbuf_add(b, strbuf_str(&t->json.half), t->json.half.len);
	b->lost |= t->json.half.lost;
	t->json.open = false;
}

static void put_duration(struct trace *tr, const struct tracee *t)
{
	if (t->json.start != 0)
		json_seconds(&tr->json.text, "duration", now(CLOCK_MONOTONIC) - t->json.start, 6);
}

void json_event_exit(struct trace *tr, struct tracee *t, const struct target *target)
{
	begin_call(tr, t);
	call_describe(tr, t);
	decode_exit(&t->record, target, &tr->opt->decode, &tr->json.sink);
	json_sink_end(&tr->json);
	put_duration(tr, t);
	end(tr, t);
}

void json_event_complete(struct trace *tr, struct tracee *t)
{
	begin_call(tr, t);
	json_close(&tr->json.text, '}');
	put_duration(tr, t);
	end(tr, t);
}

void json_event_cut(struct trace *tr, struct tracee *t)
{
	if (!t->json.open)
		return;
	begin_call(tr, t);
	json_close(&tr->json.text, '}');
	json_true(&tr->json.text, "unfinished");
	end(tr, t);
}

static void put_signal(struct trace *tr, int sig)
{
	decode_value(TYPE_signal, (uint64_t)sig, "signal", NULL, &tr->opt->decode, &tr->json.sink);
}

void json_event_signal(struct trace *tr, struct tracee *t, siginfo_t *si)
{
	begin_now(tr, t, "signal");
	put_signal(tr, si->si_signo);
	call_describe(tr, t);
	if (!tr->opt->decode.addresses)
		signal_info(tr, si, "info", &tr->json.sink);
	end(tr, t);
}

void json_event_tracing(struct trace *tr, struct tracee *t)
{
	begin_now(tr, t, t->json.announced ? "exec" : "attach");
	if (t->forked)
		json_true(&tr->json.text, "forked");
	t->json.announced = true;
	end(tr, t);
}

void json_event_ended(struct trace *tr, struct tracee *t, int status)
{
	begin_now(tr, t, "exit");
	if (WIFEXITED(status))
		json_int(&tr->json.text, "code", WEXITSTATUS(status));
	else
		put_signal(tr, WTERMSIG(status));
	end(tr, t);
}

void json_event_detached(struct trace *tr, struct tracee *t)
{
	begin_now(tr, t, "detach");
	end(tr, t);
}

void json_event_info(struct trace *tr, struct tracee *t)
{
	bool in_call = t->where == WHERE_CALL || t->where == WHERE_HELD;
	struct strbuf *b = &tr->json.text;

	begin_now(tr, t, "info");
	json_text(b, "state", in_call ? "call" : t->where == WHERE_UNKNOWN ? "unknown" : "outside");
	if (in_call && t->json.open) {	/* the call's line, as far as it is known */
		json_key(b, NULL);
		strbuf_add(b, strbuf_str(&t->json.half), t->json.half.len);
		b->lost |= t->json.half.lost;
		json_close(b, '}');
	}
	end(tr, t);
}
