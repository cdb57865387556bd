#include "line.h"

#include <stdio.h>
#include <string.h>

enum { PID_WIDTH = 5 };

void line_init(struct line *l, const struct line_out *out)
{
	*l = (struct line){.out = *out};
}

void line_tracees(struct line *l, size_t n)
{
	if (l->tracees > 1 && n == 1)
		l->prefix_next = true;
	l->tracees = n;
}

static void put_raw(struct line *l, const char *bytes, size_t n)
{
	if (n == 0)
		return;
	l->out.write(l->out.ctx, bytes, n);
	l->last = bytes[n - 1];
}

/* Writes text, keeping one blank at its end back until more follows. */
static void put(struct line *l, const char *text, size_t n)
{
	if (n == 0)
		return;
	if (l->blank)
		put_raw(l, " ", 1);
	l->blank = text[n - 1] == ' ';
	put_raw(l, text, l->blank ? n - 1 : n);
}

static void newline(struct line *l)
{
	put_raw(l, "\n", 1);
	l->blank = false;
	l->kind = LINE_NONE;
	l->owner = NULL;
}

void line_end(struct line *l)
{
	if (l->kind == LINE_NONE)
		return;
	if (l->kind == LINE_CALL) {
		if (!l->blank && l->last != '(')
			l->blank = true;
		put(l, "<..>", 4);
	}
	newline(l);
}

static void put_stamp(struct line *l)
{
	char stamp[LINE_STAMP];

	if (l->out.stamp)
		put_raw(l, stamp, l->out.stamp(l->out.ctx, stamp));
}

/* The pid, the bar, and a mark.  Without printf: most lines of several processes have one. */
static void put_prefix(struct line *l, pid_t pid, char mark)
{
	char prefix[24];
	size_t i = sizeof(prefix), end;

	prefix[--i] = mark;
	prefix[--i] = l->tracees > 1 ? '|' : '\'';
	for (end = i; pid > 0; pid /= 10)
		prefix[--i] = (char)('0' + pid % 10);
	while (end - i < PID_WIDTH)
		prefix[--i] = ' ';
	put_raw(l, prefix + i, sizeof(prefix) - i);
	l->prefix_next = false;
}

/* Begins a line; mark: the character after the bar of the prefix. */
static void begin(struct line *l, const struct line_owner *o, char mark)
{
	line_end(l);
	put_stamp(l);
	if (l->tracees > 1 || l->prefix_next)
		put_prefix(l, o->pid, mark);
}

/* Characters of a text, without its marks. */
static size_t width(const char *text, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (unsigned char)text[i] >= ' ';
	return count;
}

/* The entry half as it will be repeated: itself, or the name with what tells the three forms apart. */
static void record(struct line_owner *o, const char *entry, size_t n)
{
	const char *end;
	size_t text = n > 0 && entry[n - 1] == ' ' ? n - 1 : n;

	if (n <= LINE_RECORD || (n <= LINE_RECORD_BYTES && width(entry, text) <= LINE_RECORD)) {
		memcpy(o->record, entry, n);
		o->len = (unsigned short)n;
		return;
	}
	if (n >= 3 && memcmp(entry + n - 3, " = ", 3) == 0)
		end = ") = ";
	else if (entry[n - 1] == ')')
		end = ")";
	else
		end = ", ";
	int len = snprintf(o->record, sizeof(o->record), "%.*s(<..>%s", (int)strcspn(entry, "("), entry, end);
	o->len = (unsigned short)(len < LINE_RECORD_BYTES ? len : LINE_RECORD_BYTES);
}

void line_call(struct line *l, struct line_owner *o, const char *entry)
{
	size_t n = strlen(entry);

	begin(l, o, ' ');
	l->kind = LINE_CALL;
	l->owner = o;
	o->open = true;
	record(o, entry, n);
	put(l, entry, n);
}

/* Makes the open call of o the current line. */
static void resume(struct line *l, struct line_owner *o)
{
	if (l->owner == o && l->kind == LINE_CALL)
		return;
	begin(l, o, '*');
	l->kind = LINE_CALL;
	l->owner = o;
	put(l, o->record, o->len);
}

void line_append(struct line *l, struct line_owner *o, const char *text)
{
	resume(l, o);
	put(l, text, strlen(text));
}

void line_finish(struct line *l, struct line_owner *o)
{
	resume(l, o);
	newline(l);
	o->open = false;
}

void line_cut(struct line *l, struct line_owner *o)
{
	if (o->open && l->owner == o)
		line_end(l);
	o->open = false;
}

void line_signal(struct line *l, struct line_owner *o, const char *name)
{
	if (o->open) {
		resume(l, o);
	} else if (l->owner != o) {
		begin(l, o, ' ');
		l->kind = LINE_SIGNALS;
		l->owner = o;
	}
	put(l, "** ", 3);
	put(l, name, strlen(name));
	put(l, " ** ", 4);
}

void line_status(struct line *l, struct line_owner *o, const char *text)
{
	begin(l, o, ' ');
	put(l, text, strlen(text));
	newline(l);
}

void line_info(struct line *l, const char *text)
{
	line_end(l);
	put_stamp(l);
	put_raw(l, " INFO| ", 7);
	put(l, text, strlen(text));
	newline(l);
	l->prefix_next = true;
}

void line_forget(struct line *l, struct line_owner *o)
{
	line_cut(l, o);
	if (l->owner == o)
		line_end(l);
}
