#include "columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decode/decode.h"
#include "full.h"
#include "names.h"

enum {
	WIDTH_TIME = 16,
	WIDTH_COMM = 16,
	WIDTH_PID = 6,
	WIDTH_TPID = 8,
	WIDTH_SIGNAL = 10,
	WIDTH_CALL = 18,
};

/* What is missing to the width of a column of which len characters are written, and the blank after it. */
static void pad(struct strbuf *out, size_t len, size_t width)
{
	static const char blanks[WIDTH_CALL + 2] = "                   ";

	strbuf_add(out, blanks, (len < width ? width - len : 0) + 1);
}

/* A cell and the blank after it.  The last cell of a line is appended without. */
static void cell(struct strbuf *out, const char *text, size_t len, size_t width)
{
	strbuf_add(out, text, len);
	pad(out, len, width);
}

static void cell_text(struct strbuf *out, const char *text, size_t width)
{
	cell(out, text, strlen(text), width);
}

static void cell_number(struct strbuf *out, int64_t value, size_t width)
{
	size_t before = out->len;

	strbuf_int(out, value);
	pad(out, out->len - before, width);
}

/*
 * A name that a program gave itself: nothing in it may steer the terminal,
 * so what is not printable ASCII is shown as \xHH.  Cut at the width of the
 * column, but not within an escape.
 */
static void cell_comm(struct strbuf *out, const char *comm)
{
	static const char hex[] = "0123456789abcdef";
	char text[WIDTH_COMM];
	size_t len = 0;

	for (const unsigned char *p = (const unsigned char *)comm; *p; p++) {
		char escape[4] = { '\\', '\\', '\0', '\0' };
		size_t n = 2;
		if (*p < ' ' || *p > '~') {
			escape[1] = 'x';
			escape[2] = hex[*p >> 4];
			escape[3] = hex[*p & 15];
			n = 4;
		} else if (*p != '\\') {
			escape[0] = (char)*p;
			n = 1;
		}
		if (len + n > sizeof(text))
			break;
		memcpy(text + len, escape, n);
		len += n;
	}
	cell(out, text, len, WIDTH_COMM);
}

/* A thread of which the process is not known is told from a process. */
static void cell_sender(struct strbuf *out, const struct row *row)
{
	char text[24];

	cell_comm(out, row->comm ? row->comm : row->tid ? "?" : "-");
	if (row->pid) {
		cell_number(out, row->pid, WIDTH_PID);
		return;
	}
	snprintf(text, sizeof(text), row->tid ? "tid:%d" : "-", row->tid);
	cell_text(out, text, WIDTH_PID);
}

static void cell_time(struct strbuf *out, uint64_t ns)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, ns / 1000000000, ns / 1000 % 1000000);

	cell(out, text, (size_t)n, WIDTH_TIME);
}

static void cell_signal(struct strbuf *out, const struct options *o, int sig)
{
	char name[SIGNAL_NAME_SIZE];

	if (!o->names) {
		cell_number(out, sig, WIDTH_SIGNAL);
		return;
	}
	signals_name(sig, name);
	cell_text(out, name, WIDTH_SIGNAL);
}

bool row_target(const struct row *row, int *target)
{
	bool known = row->ntargets == 1 && (row->to > 0 || row->to_is_fd || !row->call);

	if (known && (row->to_is_fd || (row->to != row->target && row->to != row->target_pid))) {
		*target = row->target_pid;
		return true;
	}
	*target = row->to;
	return !row->to_is_fd;
}

static void cell_target(struct strbuf *out, const struct row *row)
{
	char text[24];
	int target;

	if (row_target(row, &target)) {
		cell_number(out, target, WIDTH_TPID);
		return;
	}
	snprintf(text, sizeof(text), "fd:%d", target);
	cell_text(out, text, WIDTH_TPID);
}

static void put_return(struct strbuf *out, const struct row *row)
{
	int err = row_error(row);
	const char *name = err ? decode_constant(TYPE_errno, (uint64_t)err) : NULL;

	if (!row->call)
		strbuf_putc(out, '-');
	else if (name)
		strbuf_printf(out, "-1 [%s]", name);
	else if (err)
		strbuf_printf(out, "-1 [%d]", err);
	else
		strbuf_int(out, row->ret);
}

static bool has_call_column(const struct options *o)
{
	return o->all || o->kernel;
}

void columns_header(const struct options *o, struct strbuf *out)
{
	if (o->time)
		cell_text(out, "TIMEs", WIDTH_TIME);
	cell_text(out, "COMM", WIDTH_COMM);
	cell_text(out, "PID", WIDTH_PID);
	if (o->verbose) {
		strbuf_puts(out, "CALL\n");
		return;
	}
	cell_text(out, "TPID", WIDTH_TPID);
	cell_text(out, "SIGNAL", WIDTH_SIGNAL);
	if (has_call_column(o))
		cell_text(out, "CALL", WIDTH_CALL);
	strbuf_puts(out, "RETURN\n");
}

void columns_row(const struct options *o, const struct row *row, struct strbuf *out)
{
	if (o->time)
		cell_time(out, row->ts);
	cell_sender(out, row);
	if (o->verbose) {
		full_call(row, out);
		strbuf_putc(out, '\n');
		return;
	}
	cell_target(out, row);
	cell_signal(out, o, row->sig);
	if (has_call_column(o))
		cell_text(out, row->call ? table_name(row->call->name) : "-", WIDTH_CALL);
	put_return(out, row);
	strbuf_putc(out, '\n');
}
