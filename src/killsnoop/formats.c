#include "formats.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>

#include "util/strbuf.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"
#define MAX_FORMATS 64
#define MAX_FIELDS 6	/* of one event that are used: the registers of a call */

struct field {
	uint16_t off;
	uint8_t size;
	bool is_signed;
	bool is_elsewhere;	/* __data_loc: size << 16 | offset of the value, in 4 bytes */
};

struct format {
	enum event_kind kind;
	const struct call *call;
	struct tep_event *event;	/* owned by the tep handle */
	struct field flags, tid;
	struct field field[MAX_FIELDS];
	unsigned nfields;
	size_t size;		/* bytes a record must have to hold all of these */
};

struct formats {
	struct tep_handle *tep;
	struct format format[MAX_FORMATS];
	unsigned n;
	uint8_t slot[UINT16_MAX + 1];	/* event id -> index in format + 1; 0: none */
};

/* The fields taken from an event that is not a system call's, in the order of decode_* below. */
static const char *const field_names[][MAX_FIELDS + 1] = {
	[EVENT_NEWTASK] = { "pid", "clone_flags", "comm" },
	[EVENT_RENAME] = { "pid", "newcomm", "oldcomm" },
	[EVENT_TASK_EXIT] = { "pid", "comm" },
	[EVENT_SIGNAL] = { "sig", "code", "pid", "result" },
};

struct formats *formats_new(void)
{
	struct formats *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->tep = tep_alloc();
	if (!f->tep) {
		free(f);
		return NULL;
	}
	tep_set_loglevel(TEP_LOG_NONE);
	return f;
}

void formats_free(struct formats *f)
{
	if (!f)
		return;
	tep_free(f->tep);
	free(f);
}

static bool take_field(struct format *fmt, struct field *to, const struct tep_format_field *from)
{
	if (!from || from->offset < 0 || from->size <= 0 || from->offset > UINT16_MAX - 256 || from->size > 255)
		return false;
	to->off = (uint16_t)from->offset;
	to->size = (uint8_t)from->size;
	to->is_signed = from->flags & TEP_FIELD_IS_SIGNED;
	to->is_elsewhere = from->flags & TEP_FIELD_IS_DYNAMIC;
	if (fmt->size < (size_t)to->off + to->size)
		fmt->size = (size_t)to->off + to->size;
	return true;
}

/* The fields of a call's event after its number: `nr` until Linux 4.6, `__syscall_nr` since. */
static const struct tep_format_field *after_number(const struct format *fmt)
{
	const struct tep_format_field *f = fmt->event->format.fields;

	while (f && strcmp(f->name, "__syscall_nr") != 0 && strcmp(f->name, "nr") != 0)
		f = f->next;
	return f ? f->next : NULL;
}

static bool take_fields(struct format *fmt)
{
	const char *const *name = field_names[fmt->kind];
	const struct tep_format_field *f = NULL;

	switch (fmt->kind) {
	case EVENT_ENTER:
		/* newer kernels append the strings behind pointers: fields of variable length, not registers */
		for (f = after_number(fmt); f && fmt->nfields < MAX_FIELDS; f = f->next)
			if (!(f->flags & TEP_FIELD_IS_DYNAMIC) && !take_field(fmt, &fmt->field[fmt->nfields++], f))
				return false;
		return true;
	case EVENT_EXIT:
		fmt->nfields = 1;
		return take_field(fmt, &fmt->field[0], tep_find_field(fmt->event, "ret"));
	default:
		for (; name[fmt->nfields]; fmt->nfields++)
			if (!take_field(fmt, &fmt->field[fmt->nfields], tep_find_field(fmt->event, name[fmt->nfields])))
				return false;
		return true;
	}
}

/* Goes past a word; false when it is not there. */
static bool skip(const char **p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*p, word, len) != 0)
		return false;
	*p += len;
	return true;
}

static bool skip_number(const char **p)
{
	size_t len = strspn(*p, "0123456789");

	*p += len;
	return len > 0 && len < 6;
}

/* A C identifier; false when there is none. */
static bool skip_name(const char **p)
{
	size_t len = strspn(*p, NAME_CHARS);

	if (len == 0 || isdigit((unsigned char)**p))
		return false;
	*p += len;
	return true;
}

/* `unsigned long name`, `siginfo_t * name`, `__data_loc char[] name`, `char name[16]` */
static bool skip_declaration(const char **p)
{
	unsigned words = 0;

	while (skip_name(p)) {
		words++;
		(void)skip(p, "[]");
		while (skip(p, " ") || skip(p, "*"))
			;
	}
	return words >= 2 && (!skip(p, "[") || (skip_number(p) && skip(p, "]")));
}

static bool skip_field(const char **p)
{
	return skip(p, "\tfield:") && skip_declaration(p) && skip(p, ";\toffset:") && skip_number(p) &&
	       skip(p, ";\tsize:") && skip_number(p) && skip(p, ";\tsigned:") && skip_number(p) && skip(p, ";\n");
}

/*
 * Copies the part of a format that matters, if it is as the kernel writes
 * them (f_show() in kernel/trace/trace_events.c).  libtraceevent is helpless
 * against any other text, and has much to do with the last part, which says
 * how to print an event: we never do.
 */
static bool essence(const char *text, size_t len, struct strbuf *out)
{
	char *copy = strndup(text, len);
	const char *p = copy;
	bool good = copy && skip(&p, "name: ") && skip_name(&p) && skip(&p, "\nID: ") && skip_number(&p) &&
		    skip(&p, "\nformat:\n");

	while (good && *p == '\t')
		good = skip_field(&p);
	good = good && skip(&p, "\n");	/* between the fields that all events have and its own */
	while (good && *p == '\t')
		good = skip_field(&p);
	if (good) {
		strbuf_add(out, copy, (size_t)(p - copy));
		strbuf_puts(out, "\nprint fmt: \"\"\n");
	}
	free(copy);
	return good && !out->lost;
}

static struct tep_event *parse(struct tep_handle *tep, const char *text, size_t len)
{
	struct tep_event *event = NULL;
	struct strbuf good = { 0 };

	/* As tep_parse_event, which does not tell what it made.  The event is the handle's. */
	if (essence(text, len, &good) && tep_parse_format(tep, &event, good.s, good.len, "killsnoop") != 0)
		event = NULL;
	strbuf_free(&good);
	return event;
}

int formats_add(struct formats *f, enum event_kind kind, const struct call *call, const char *text, size_t len)
{
	if (f->n == MAX_FORMATS)
		return -ENOSPC;
	struct tep_event *event = parse(f->tep, text, len);
	if (!event)
		return -EINVAL;
	struct format *fmt = &f->format[f->n];
	*fmt = (struct format){ .kind = kind, .call = call, .event = event };
	if (event->id < 0 || event->id > UINT16_MAX || f->slot[event->id] ||
	    !take_field(fmt, &fmt->flags, tep_find_common_field(event, "common_flags")) ||
	    !take_field(fmt, &fmt->tid, tep_find_common_field(event, "common_pid")) || !take_fields(fmt))
		return -EINVAL;
	f->slot[event->id] = (uint8_t)++f->n;
	return 0;
}

const char *formats_param(const struct formats *f, const struct call *call, unsigned n)
{
	for (unsigned i = 0; i < f->n; i++) {
		if (f->format[i].kind != EVENT_ENTER || f->format[i].call != call || n >= f->format[i].nfields)
			continue;
		const struct tep_format_field *field = after_number(&f->format[i]);
		while (field && n--)
			field = field->next;
		return field ? field->name : NULL;
	}
	return NULL;
}

static int64_t load(const unsigned char *record, const struct field *f)
{
	const unsigned char *p = record + f->off;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (f->size) {
	case 8:
		memcpy(&u64, p, 8);
		return (int64_t)u64;
	case 4:
		memcpy(&u32, p, 4);
		return f->is_signed ? (int32_t)u32 : (int64_t)u32;
	case 2:
		memcpy(&u16, p, 2);
		return f->is_signed ? (int16_t)u16 : (int64_t)u16;
	case 1:
		return f->is_signed ? (signed char)*p : (int64_t)*p;
	default:
		return 0;
	}
}

static void load_comm(const unsigned char *record, size_t size, const struct field *f, char comm[COMM_SIZE])
{
	size_t off = f->off, len = f->size;

	if (f->is_elsewhere) {
		uint64_t where = (uint64_t)load(record, f);
		off = where & 0xffff;
		len = (where >> 16) & 0xffff;
		if (off > size || len > size - off)
			len = 0;
	}
	memset(comm, 0, COMM_SIZE);
	memcpy(comm, record + off, len < COMM_SIZE ? len : COMM_SIZE - 1);
	comm[COMM_SIZE - 1] = '\0';
}

bool formats_decode(const struct formats *f, const void *record, size_t size, struct event *ev)
{
	const unsigned char *p = record;
	uint16_t id;

	if (size < sizeof(id))
		return false;
	memcpy(&id, p, sizeof(id));	/* struct trace_entry begins with it, on every kernel */
	if (!f->slot[id])
		return false;
	const struct format *fmt = &f->format[f->slot[id] - 1];
	const struct field *field = fmt->field;
	if (size < fmt->size)
		return false;

	ev->kind = (uint8_t)fmt->kind;
	ev->call = fmt->call;
	ev->tid = (int32_t)load(p, &fmt->tid);
	ev->interrupt = load(p, &fmt->flags) & (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ);
	switch (fmt->kind) {
	case EVENT_ENTER:
		for (unsigned i = 0; i < MAX_FIELDS; i++)
			ev->arg[i] = i < fmt->nfields ? (uint64_t)load(p, &field[i]) : 0;
		return true;
	case EVENT_EXIT:
		ev->ret = load(p, &field[0]);
		return true;
	case EVENT_NEWTASK:
		ev->task.tid = (int32_t)load(p, &field[0]);
		ev->task.clone_flags = (uint64_t)load(p, &field[1]);
		load_comm(p, size, &field[2], ev->task.comm);
		return true;
	case EVENT_RENAME:
		ev->task.tid = (int32_t)load(p, &field[0]);
		load_comm(p, size, &field[1], ev->task.comm);
		load_comm(p, size, &field[2], ev->task.old);
		return true;
	case EVENT_TASK_EXIT:
		ev->task.tid = (int32_t)load(p, &field[0]);
		load_comm(p, size, &field[1], ev->task.comm);
		return true;
	case EVENT_SIGNAL:
		ev->signal.sig = (int32_t)load(p, &field[0]);
		ev->signal.code = (int32_t)load(p, &field[1]);
		ev->signal.target = (int32_t)load(p, &field[2]);
		ev->signal.result = (int32_t)load(p, &field[3]);
		return true;
	default:
		return false;
	}
}
