/* Lines that are not calls. */
#include "trace.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "stack.h"
#include "util/proc.h"

void status_name(struct strbuf *b, pid_t tid)
{
	char comm[COMM_SIZE];

	if (proc_comm(tid, comm) < 0) {
		strbuf_puts(b, "?");
		return;
	}
	for (const char *p = comm; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c >= ' ' && c < 0x7f && c != '\\')
			strbuf_putc(b, *p);
		else
			strbuf_printf(b, c == '\\' ? "\\\\" : "\\x%02x", c);
	}
}

/* Tracing NAME (pid N) */
static void put_tracing(struct trace *tr, const struct tracee *t)
{
	strbuf_clear(&tr->text);
	strbuf_puts(&tr->text, "Tracing ");
	status_name(&tr->text, t->tid);
	strbuf_printf(&tr->text, "%s (pid %d)", t->forked ? "*F" : "", (int)t->tid);
}

void status_tracing(struct trace *tr, struct tracee *t)
{
	if (tr->opt->quiet)
		return;
	if (tr->opt->json) {
		json_event_tracing(tr, t);
		return;
	}
	put_tracing(tr, t);
	line_status(channel_line(tr, t), &t->line, channel_text(tr, &tr->text));
}

void status_exit(struct trace *tr, struct tracee *t, int status)
{
	if (tr->opt->quiet)
		return;
	if (tr->opt->json) {
		json_event_ended(tr, t, status);
		return;
	}
	strbuf_clear(&tr->text);
	if (WIFEXITED(status))
		strbuf_printf(&tr->text, "Process exited normally with code %d", WEXITSTATUS(status));
	else
		strbuf_printf(&tr->text, "Process terminated from signal %s", signal_text(tr, WTERMSIG(status)));
	line_status(channel_line(tr, t), &t->line, channel_text(tr, &tr->text));
}

void status_detached(struct trace *tr, struct tracee *t)
{
	if (tr->opt->quiet)
		return;
	if (tr->opt->json)
		json_event_detached(tr, t);
	else
		line_status(channel_line(tr, t), &t->line, "Process detached");
}

void status_info(struct trace *tr, struct tracee *t)
{
	if (tr->opt->json) {
		json_event_info(tr, t);
		return;
	}
	put_tracing(tr, t);
	bool in_call = t->where == WHERE_CALL || t->where == WHERE_HELD;

	if (t->where == WHERE_UNKNOWN || (!in_call && tr->opt->filter.calls.given))
		strbuf_puts(&tr->text, ", call status unknown");
	else if (!in_call)
		strbuf_puts(&tr->text, ", not in a call");
	else if (t->record.call)
		strbuf_printf(&tr->text, ", in a %s call", table_name(t->record.call->name));
	else
		strbuf_printf(&tr->text, ", in a syscall_%llu call", (unsigned long long)t->record.nr);
	line_info(channel_line(tr, t), channel_text(tr, &tr->text));
}

void status_context(struct trace *tr, struct tracee *t)
{
	if (!tr->opt->json)
		line_status(channel_line(tr, t), &t->line, "---");
}

const char *status_stack_text(struct trace *tr, struct tracee *t)
{
	if (!tr->stack)
		return NULL;
	strbuf_clear(&tr->text);
	return stack_trace(tr->stack, t->tgid, t->tid, &tr->text) == 0 ? channel_text(tr, &tr->text) : NULL;
}

void status_stack(struct trace *tr, struct tracee *t)
{
	const char *text = status_stack_text(tr, t);

	if (text)
		line_status(channel_line(tr, t), &t->line, text);
}

void status_forget(struct trace *tr, struct tracee *t)
{
	if (tr->stack)
		stack_forget(tr->stack, t->tgid);
}
