#include "full.h"

#include "decode/decode.h"
#include "decode/sink_json.h"
#include "decode/sink_text.h"
#include "signals.h"

static size_t nothing(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx;
	(void)addr;
	(void)buf;
	(void)len;
	return 0;
}

static void decode(const struct row *row, struct sink *sink)
{
	const struct target memory = { .read = nothing };
	const struct decode_options options = { .string_limit = LIMIT_UNSET };
	struct call_record record = {
		.call = row->call,
		.nr = row->call->nr,
		.ret = row->ret,
		.err = row_error(row),
		.word = sizeof(long),
	};

	for (unsigned i = 0; i < 6; i++)
		record.arg[i] = row->arg[i];
	decode_entry(&record, &memory, &options, sink);
	decode_exit(&record, &memory, &options, sink);
}

void full_call(const struct row *row, struct strbuf *out)
{
	const struct text_options look = { .names = true };
	struct text_sink sink;
	char name[SIGNAL_NAME_SIZE];

	if (!row->call) {
		signals_name(row->sig, name);
		strbuf_printf(out, "** %s ** %d", name, row->target_pid);
		return;
	}
	text_sink_init(&sink, &look);
	decode(row, &sink.sink);
	strbuf_add(out, strbuf_str(&sink.text), sink.text.len);
	text_sink_free(&sink);
}

void full_call_json(const struct row *row, struct strbuf *out)
{
	struct json_sink sink;

	json_sink_init(&sink);
	decode(row, &sink.sink);
	json_sink_end(&sink);
	strbuf_putc(out, ',');
	strbuf_add(out, strbuf_str(&sink.text), sink.text.len);
	json_sink_free(&sink);
}
