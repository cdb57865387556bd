/*
 * The line discipline: any sequence of events that the engine may send, and
 * a reader who knows only the rules of the output.  Every text carries the
 * letter of its owner and a number (A17;), so that the reader can tell
 *
 *	- no line is empty or ends in a blank;
 *	- nothing is lost, doubled, or on a line of somebody else;
 *	- a call is resumed (*) only after it was suspended (<..>), and once for each time;
 *	- a line without <..> is a call that was finished;
 *	- the prefix is there when it has to be, and only then.
 *
 * Input: one event after the other: owner and event (1 byte), and what the event needs.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "trace/line.h"

enum {
	OWNERS = 4,
	QUEUE = 4096,	/* texts that were sent and not yet seen */
	MAX_LINE = 16384,
	MAX_EVENTS = 500,
	FINISHED = -1,	/* in the queue: here the call was finished */
	CUT = -2,	/* and here it was given up */
};

struct owner {
	struct line_owner line;
	int queue[QUEUE];
	unsigned head, tail;
	char repeat[1024];	/* what its open call has to begin with when it is resumed */
	int call;		/* number of the open call as the reader knows it; 0: none */
	bool suspended;
};

struct model {
	struct line line;
	struct owner owner[OWNERS];
	int serial;
	bool stamps;
	size_t tracees;
	bool prefix_next;	/* the next line has a prefix even so */
	/* The line that is being written, and what held when it began. */
	char text[MAX_LINE];
	size_t len;
	size_t tracees_then;
	bool prefix_then;
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static void push(struct owner *o, int serial)
{
	ensure(o->tail < QUEUE);
	o->queue[o->tail++] = serial;
}

static int next(const struct owner *o)
{
	return o->head < o->tail ? o->queue[o->head] : 0;
}

/* Ends of calls that left nothing more to write. */
static void skip_cut(struct owner *o)
{
	if (next(o) != CUT)
		return;
	o->head++;
	o->call = 0;
	o->suspended = false;
}

/* The prefix of a line of o; returns what follows it.  mark: the character after the bar, or 0. */
static const char *read_prefix(const struct model *m, const char *p, char *mark)
{
	bool many = m->tracees_then > 1;
	char *bar;

	*mark = 0;
	if (!many && !m->prefix_then)
		return p;
	int pid = (int)strtol(p, &bar, 10);
	ensure(pid >= 1 && pid <= OWNERS);
	ensure(*bar == (many ? '|' : '\''));
	*mark = bar[1];
	ensure(*mark == ' ' || *mark == '*');
	ensure(strchr(bar, 'A' + pid - 1));
	return bar + 2;
}

/* The texts of a line, in the order in which they were sent. */
static void read_texts(struct model *m, const char *p, char mark)
{
	const char *begin = p;
	struct owner *o = NULL;
	bool first = true, call = strncmp(p, "call", 4) == 0;

	for (; (p = strpbrk(p, "ABCD")) != NULL; p++, first = false) {
		struct owner *mine = &m->owner[*p - 'A'];
		int serial = (int)strtol(p + 1, NULL, 10);

		ensure(!o || o == mine);
		o = mine;
		if (first && call && o->call == serial && o->suspended) {	/* its entry half again */
			ensure(mark != ' ');
			ensure(strncmp(begin, o->repeat, strlen(o->repeat)) == 0);
			o->suspended = false;
			continue;
		}
		skip_cut(o);
		ensure(next(o) == serial);
		o->head++;
		if (first)
			ensure(mark != '*');
		if (first && call) {
			ensure(o->call == 0);
			o->call = serial;
		}
	}
	ensure(o);
	if (!call)
		return;
	if (ends_with(m->text, "<..>")) {
		o->suspended = true;
	} else {
		ensure(next(o) == FINISHED);
		o->head++;
		o->call = 0;
	}
}

static void read_line(struct model *m)
{
	const char *p = m->text;
	char mark;

	ensure(m->len > 0);
	ensure(p[m->len - 1] != ' ');
	if (m->stamps) {
		ensure(strncmp(p, "12:00 ", 6) == 0);
		p += 6;
	}
	if (strncmp(p, " INFO| ", 7) == 0) {
		m->prefix_next = true;
		return;
	}
	p = read_prefix(m, p, &mark);
	read_texts(m, p, mark);
}

static void on_write(void *ctx, const char *bytes, size_t n)
{
	struct model *m = ctx;

	for (size_t i = 0; i < n; i++) {
		if (m->len == 0) {
			m->tracees_then = m->tracees;
			m->prefix_then = m->prefix_next;
			m->prefix_next = false;
		}
		if (bytes[i] != '\n') {
			ensure(m->len < MAX_LINE - 1);
			m->text[m->len++] = bytes[i];
			continue;
		}
		m->text[m->len] = '\0';
		read_line(m);
		m->len = 0;
	}
}

static size_t on_stamp(void *ctx, char buf[LINE_STAMP])
{
	(void)ctx;
	memcpy(buf, "12:00 ", 6);
	return 6;
}

/* A new text of o, with its mark between these two. */
static const char *text(struct model *m, struct owner *o, const char *before, const char *after)
{
	static char buf[1024];

	snprintf(buf, sizeof(buf), "%s%c%d;%s", before, (int)('A' + (o - m->owner)), ++m->serial, after);
	push(o, m->serial);
	return buf;
}

/* A call.  The mark is in its name, which is left when the whole is too long to be repeated. */
static void enter(struct model *m, struct owner *o, struct input *in)
{
	static const char *const ends[] = {") = ", ")", ", "};
	static char params[700];
	char next_repeat[sizeof(o->repeat)];
	unsigned end = (unsigned)eat(in, 1) % 4, n = (unsigned)eat(in, 2) % 600;

	if (o->line.open)
		push(o, CUT);
	line_cut(&m->line, &o->line);
	memset(params, 'x', sizeof(params));
	params[0] = '(';
	snprintf(params + 1 + n, sizeof(params) - 1 - n, "%s", end < 3 ? ends[end] : "");
	if (end == 3)
		params[1] = '\0';
	const char *entry = text(m, o, "call", params);
	size_t whole = strlen(entry) - ends_with(entry, " ");
	if (whole <= LINE_RECORD)
		snprintf(next_repeat, sizeof(next_repeat), "%.*s", (int)whole, entry);
	else
		snprintf(next_repeat, sizeof(next_repeat), "%.*s(<..>%s", (int)strcspn(entry, "("), entry,
			 end == 0 ? ") =" : end == 1 ? ")" : ",");
	line_call(&m->line, &o->line, entry);
	memcpy(o->repeat, next_repeat, sizeof(next_repeat));	/* what was written so far was of the call before */
}

static void forget(struct model *m, struct owner *o)
{
	if (o->line.open)
		push(o, CUT);
	line_forget(&m->line, &o->line);
	o->line.len = 0;
}

static void tracees(struct model *m, size_t n)
{
	if (m->tracees > 1 && n == 1)
		m->prefix_next = true;
	m->tracees = n;
	line_tracees(&m->line, n);
}

static void event(struct model *m, struct input *in)
{
	uint8_t what = (uint8_t)eat(in, 1);
	struct owner *o = &m->owner[what & 3];
	bool blank = what >> 7;

	switch (what >> 2 & 7) {
	case 0:
		enter(m, o, in);
		break;
	case 1:
		if (o->line.open)
			line_append(&m->line, &o->line, text(m, o, "", blank ? ", " : ""));
		break;
	case 2:
		if (o->line.open) {
			push(o, FINISHED);
			line_finish(&m->line, &o->line);
		}
		break;
	case 3:
		line_signal(&m->line, &o->line, text(m, o, "SIG", ""));
		break;
	case 4:
		line_status(&m->line, &o->line, text(m, o, "Process ", blank ? " " : ""));
		break;
	case 5:
		if (blank)
			line_info(&m->line, "nobody");
		else
			line_end(&m->line);
		break;
	case 6:
		tracees(m, what >> 5);
		break;
	default:
		forget(m, o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct input in = {data, size};
	struct line_out out = {.ctx = &m, .write = on_write};

	memset(&m, 0, sizeof(m));
	m.stamps = eat(&in, 1) & 1;
	if (m.stamps)
		out.stamp = on_stamp;
	line_init(&m.line, &out);
	for (int i = 0; i < OWNERS; i++)
		m.owner[i].line.pid = i + 1;
	tracees(&m, 2);
	for (unsigned i = 0; i < MAX_EVENTS && in.left > 0; i++)
		event(&m, &in);
	for (int i = 0; i < OWNERS; i++)
		forget(&m, &m.owner[i]);
	line_end(&m.line);
	ensure(m.len == 0);
	for (int i = 0; i < OWNERS; i++) {
		skip_cut(&m.owner[i]);
		ensure(next(&m.owner[i]) == 0);
	}
	return 0;
}
