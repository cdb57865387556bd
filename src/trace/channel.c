#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace.h"

struct line *channel_line(struct trace *tr, const struct tracee *t)
{
	return t->channel ? &t->channel->line : &tr->line;
}

struct output *channel_out(struct trace *tr, const struct tracee *t)
{
	return t->channel ? &t->channel->out : &tr->out;
}

/* One error is as good as another: everything ends with the first. */
void channel_fail(struct trace *tr, int err)
{
	if (tr->out.err == 0)
		tr->out.err = err;
}

const char *channel_text(struct trace *tr, const struct strbuf *b)
{
	if (b->lost)
		channel_fail(tr, ENOMEM);
	return strbuf_str(b);
}

static struct channel *open_channel(struct trace *tr, pid_t tgid)
{
	struct channel *c = calloc(1, sizeof(*c));
	struct line_out out = tr->line.out;
	char *name = NULL;
	int err;

	if (!c || asprintf(&name, "%s.%d", tr->opt->output, (int)tgid) < 0) {
		free(c);
		channel_fail(tr, ENOMEM);
		return NULL;
	}
	err = -output_open(&c->out, name);
	free(name);
	if (err != 0) {
		free(c);
		channel_fail(tr, err);
		return NULL;
	}
	out.ctx = &c->out;
	line_init(&c->line, &out);
	c->tgid = tgid;
	c->next = tr->channels;
	tr->channels = c;
	return c;
}

void channel_join(struct trace *tr, struct tracee *t)
{
	struct channel *c = tr->channels;

	if (!tr->opt->per_process)
		return;
	while (c && c->tgid != t->tgid)
		c = c->next;
	t->channel = c ? c : open_channel(tr, t->tgid);
	if (t->channel)
		t->channel->threads++;
}

static void close_channel(struct trace *tr, struct channel *c)
{
	struct channel **p = &tr->channels;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	line_end(&c->line);
	int r = output_close(&c->out);
	if (r < 0)
		channel_fail(tr, -r);
	free(c);
}

void channel_leave(struct trace *tr, struct tracee *t)
{
	if (t->channel && --t->channel->threads == 0)
		close_channel(tr, t->channel);
	t->channel = NULL;
}

void channel_flush(struct trace *tr)
{
	output_flush(&tr->out);
	for (struct channel *c = tr->channels; c; c = c->next) {
		output_flush(&c->out);
		if (c->out.err != 0)
			channel_fail(tr, c->out.err);
	}
}

void channel_end(struct trace *tr)
{
	line_end(&tr->line);
	while (tr->channels)
		close_channel(tr, tr->channels);
}
