/*
 * The decoder with the real tables: any call, any words, memory with holes
 * that may change while it is looked at.  The text must be printable, the
 * JSON must be JSON, and neither may be endless; the sanitizers watch the rest.
 *
 * Input: the call (2 bytes), options (2), the six arguments and the result
 * (a tag and what it needs), the holes (8), pointers that lie in the memory
 * (a count, then place and target), and the memory, repeated until it is full.
 */
#include "fuzz.h"

#include <string.h>

#include "decode/decode.h"
#include "decode/sink_json.h"
#include "decode/sink_text.h"
#include "json.h"

enum {
	BASE = 0x10000,	/* address of the memory */
	SIZE = 3 * 4096,	/* strings and arrays are read page by page */
	HOLE = SIZE / 64,	/* bytes: one bit of the holes */
	MAX_TEXT = 8 << 20,
};

struct process {
	uint8_t memory[SIZE];
	uint64_t holes;
	bool unstable;		/* another thread of the program writes all the time */
	unsigned reads;
};

static size_t read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	struct process *p = ctx;
	size_t n = 0;

	p->reads++;
	while (n < len && addr + n >= BASE && addr + n < BASE + SIZE) {
		size_t at = (size_t)(addr + n - BASE);

		if (p->holes >> (at / HOLE) & 1)
			break;
		((uint8_t *)buf)[n++] = p->memory[at];
		if (p->unstable && (at + p->reads) % 7 == 0)
			p->memory[at] ^= (uint8_t)p->reads;
	}
	return n;
}

static int read_also(void *ctx, enum call_also what, uint64_t *value)
{
	(void)ctx;
	*value = what;
	return 0;
}

/* Some label of some switch, which random numbers would hardly hit. */
static uint64_t label(uint64_t n)
{
	const struct swtch *last = &table_switches[table_nswitches - 1];

	return table_nswitches ? table_cases[n % (uint64_t)(last->first + last->count)].value : 0;
}

static uint64_t eat_word(struct input *in)
{
	switch (eat(in, 1) % 8) {
	case 0:
		return eat(in, 8);
	case 1:
		return eat(in, 1);
	case 2:
	case 3:
		return BASE + eat(in, 2) % (SIZE + HOLE);
	case 4:
		return UINT64_MAX - eat(in, 1);
	case 5:
		return label(eat(in, 2));
	case 6:
		return eat(in, 4);
	default:
		return eat(in, 1) << 32 | eat(in, 1);
	}
}

static void eat_memory(struct input *in, struct process *p)
{
	struct input copy;

	p->holes = eat(in, 8);
	unsigned pointers = (unsigned)eat(in, 1) % 32;
	copy = *in;
	for (unsigned i = 0; i < pointers; i++)
		eat(in, 4);
	for (size_t done = 0, n; done < SIZE && in->left > 0; done += n) {
		n = in->left < SIZE - done ? in->left : SIZE - done;
		memcpy(p->memory + done, in->at, n);
	}
	while (pointers-- > 0) {
		size_t place = (size_t)eat(&copy, 2) % (SIZE - 8);
		uint64_t target = BASE + eat(&copy, 2) % (SIZE + HOLE);

		memcpy(p->memory + place, &target, sizeof(target));
	}
}

static void check_text(const struct strbuf *text)
{
	ensure(!text->lost);
	ensure(text->len < MAX_TEXT);
	for (size_t i = 0; i < text->len; i++)
		ensure(text->s[i] >= ' ' && text->s[i] <= '~');
}

/* Each half in a text of its own, as trace does it. */
static void try_text(const struct call_record *rec, const struct target *target, const struct decode_options *opt,
		     const struct text_options *text_opt)
{
	struct text_sink sink;

	text_sink_init(&sink, text_opt);
	decode_entry(rec, target, opt, &sink.sink);
	check_text(&sink.text);
	ensure(sink.text.len > 0);
	ensure(strchr(" (,=)", sink.text.s[sink.text.len - 1]));	/* what line.c relies on */
	strbuf_clear(&sink.text);
	decode_exit(rec, target, opt, &sink.sink);
	check_text(&sink.text);
	text_sink_free(&sink);
}

static void try_json(const struct call_record *rec, const struct target *target, const struct decode_options *opt)
{
	struct json_sink sink;

	json_sink_init(&sink);
	strbuf_putc(&sink.text, '{');
	decode_entry(rec, target, opt, &sink.sink);
	decode_exit(rec, target, opt, &sink.sink);
	json_sink_end(&sink);
	strbuf_putc(&sink.text, '}');
	ensure(!sink.text.lost);
	ensure(sink.text.len < MAX_TEXT);
	ensure(is_json(sink.text.s, sink.text.len));
	json_sink_free(&sink);
}

static void try_value(unsigned type, uint64_t value, const struct target *target, const struct decode_options *opt,
		      const struct text_options *text_opt)
{
	struct text_sink text;
	struct json_sink json;

	text_sink_init(&text, text_opt);
	decode_value(type, value, NULL, target, opt, &text.sink);
	check_text(&text.text);
	text_sink_free(&text);
	json_sink_init(&json);
	decode_value(type, value, NULL, target, opt, &json.sink);
	ensure(is_json(json.text.s, json.text.len));
	json_sink_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct process p = {.unstable = false};
	const struct target target = {.ctx = &p, .read = read_memory, .also = read_also};
	struct call_record rec = {0};

	uint64_t row = eat(&in, 2), bits = eat(&in, 2);
	if (row % (table_ncalls + 1) < table_ncalls)
		rec.call = &table_calls[row % (table_ncalls + 1)];
	rec.nr = rec.call ? rec.call->nr : row;
	rec.word = bits & 1 ? 4 : 8;
	rec.err = bits & 2 ? (int)(bits >> 8) : 0;
	rec.ret_unknown = bits & 4;
	p.unstable = bits & 8;
	const struct decode_options opt = {
		.verbose = (unsigned)(bits >> 4) % 3,
		.all_fields = bits >> 6 & 1,
		.string_addresses = (bits >> 7 & 3) == 3,
		.addresses = (bits >> 9 & 3) == 3,
		.string_limit = bits >> 11 & 1 ? (long)(bits >> 12) : LIMIT_UNSET,
	};
	const struct text_options text_opt = {.names = bits >> 14 & 1, .numeric = bits >> 15 & 1};
	for (unsigned i = 0; i < 6; i++)
		rec.arg[i] = eat_word(&in);
	rec.ret = (int64_t)eat_word(&in);
	eat_memory(&in, &p);

	try_text(&rec, &target, &opt, &text_opt);
	try_json(&rec, &target, &opt);
	try_value((unsigned)(row % table_ntypes), rec.arg[0], &target, &opt, &text_opt);
	return 0;
}
