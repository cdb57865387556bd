#include "json.h"

#include <string.h>

#include "columns.h"
#include "full.h"
#include "signals.h"
#include "util/json.h"

/* 0: none, or not known. */
static void put_id(struct strbuf *out, const char *name, pid_t id)
{
	if (id)
		json_int(out, name, id);
	else
		json_null(out, name);
}

static void put_signal(struct strbuf *out, int sig)
{
	char name[SIGNAL_NAME_SIZE];

	signals_name(sig, name);
	json_constant(out, "signal", strncmp(name, "SIG", 3) == 0 ? name : NULL,
		      (struct json_number){ true, (uint64_t)(int64_t)sig });
}

static void put_call(struct strbuf *out, const struct row *row)
{
	int target;

	full_call_json(row, out);
	put_signal(out, row->sig);
	if (row_target(row, &target))
		json_int(out, "target", target);
	else
		json_null(out, "target");
}

static void put_generated(struct strbuf *out, const struct row *row)
{
	static const char *const outcomes[] = {
		[SIGNAL_DELIVERED] = "delivered",
		[SIGNAL_IGNORED] = "ignored",
		[SIGNAL_ALREADY_PENDING] = "already pending",
		[SIGNAL_OVERFLOW_FAIL] = "failed",
		[SIGNAL_LOSE_INFO] = "delivered without information",
	};

	json_int(out, "target", row->target_pid);
	json_int(out, "target_tid", row->target);
	put_signal(out, row->sig);
	json_int(out, "code", row->code);
	if (row->result >= 0 && row->result <= SIGNAL_LOSE_INFO)
		json_text(out, "outcome", outcomes[row->result]);
	else
		json_int(out, "outcome", row->result);
}

void json_row(const struct row *row, struct strbuf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "type", row->call ? "syscall" : "signal");
	json_seconds(out, "time", row->ts, 9);
	put_id(out, "pid", row->pid);
	put_id(out, "tid", row->tid);
	if (row->comm)
		json_text(out, "comm", row->comm);
	else
		json_null(out, "comm");
	if (row->call)
		put_call(out, row);
	else
		put_generated(out, row);
	json_close(out, '}');
	strbuf_putc(out, '\n');
}
