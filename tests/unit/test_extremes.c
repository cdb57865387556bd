/*
 * Every call of syscalls.def, and every case of its switches, with extreme
 * values in all its parameters and in the memory they point to: the decoder
 * shows each parameter, ends soon, and stays inside of its buffers (the
 * sanitizers look).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "decode/sink_text.h"

#define REGISTERS 6
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define MEMORY 0x10000
#define WORDS 0x200
#define MEMORY_END (MEMORY + WORDS * 8)
#define UNREADABLE 0xdead000

/* Of one half of a call: several for each of the values that the decoder lets through. */
#define MAX_EVENTS 400000
#define MAX_READS 400000
#define MAX_BYTES (1u << 24)

static uint64_t memory[WORDS];

static const uint64_t extremes[] = {
	0, 1, 2, 4096, UINT64_MAX, UINT64_MAX - 1, INT64_MAX, 1ull << 63, UINT32_MAX, INT32_MAX, 1ull << 31,
	0xaaaaaaaaaaaaaaaa, MEMORY, MEMORY + 1, MEMORY_END - 1, UNREADABLE,
};

enum pattern {
	ZEROS,		/* NULL, no length, an empty string */
	ONES,		/* all bits set, unknown bits too; unreadable; a string without an end */
	CYCLE,		/* every word points to itself */
	HUGE_BUFFERS,	/* pointers and lengths in turn: what they say to be there is not */
	LETTERS,	/* a string without an end */
	PATTERNS
};

static void fill(enum pattern pattern)
{
	for (uint64_t i = 0; i < WORDS; i++)
		memory[i] = pattern == ZEROS ? 0 :
			    pattern == ONES ? UINT64_MAX :
			    pattern == CYCLE ? MEMORY + i * 8 :
			    pattern == HUGE_BUFFERS ? (i % 2 ? INT64_MAX : MEMORY) : 0x4141414141414141;
}

/* What one half of a call cost. */
static struct cost {
	size_t events, reads, bytes;
} cost, most;

static size_t read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx;
	cost.reads++;
	cost.bytes += len;
	if (addr < MEMORY || addr >= MEMORY_END)
		return 0;
	size_t there = MEMORY_END - addr;
	size_t n = len < there ? len : there;
	memcpy(buf, (const char *)memory + (addr - MEMORY), n);
	return n;
}

static const struct target target = {.read = read_memory};

static void start_half(void)
{
	cost = (struct cost){0};
}

static void end_half(void)
{
	assert_true(cost.events < MAX_EVENTS);
	assert_true(cost.reads < MAX_READS);
	assert_true(cost.bytes < MAX_BYTES);
	most.events = cost.events > most.events ? cost.events : most.events;
	most.reads = cost.reads > most.reads ? cost.reads : most.reads;
	most.bytes = cost.bytes > most.bytes ? cost.bytes : most.bytes;
}

/* One case of a call: the signatures on the way there, and the registers that lead there. */
struct path {
	const struct call *call;
	const struct sig *sigs[4];
	unsigned nsigs;
	uint64_t reg[REGISTERS];
	bool fixed[REGISTERS];
	bool sure;	/* that they lead there: a key can be more than a parameter */
};

/* A sink that counts, and looks for the parameters of a path. */
struct counter {
	struct sink sink;
	const struct path *path;
	unsigned depth;
	unsigned seen;		/* a bit for each register whose parameter was shown */
	const char *foreign;	/* a parameter that the path does not have */
	bool params;		/* not yet at the result */
};

static void parameter(struct counter *c, const char *name)
{
	for (unsigned i = 0; i < c->path->nsigs; i++) {
		for (unsigned k = 0; k < c->path->sigs[i]->count; k++) {
			const struct member *m = &table_members[c->path->sigs[i]->first + k];

			if (strcmp(name, table_name(m->name)) == 0) {
				c->seen |= 1u << m->off;
				return;
			}
		}
	}
	c->foreign = name;
}

static void event(struct sink *sink, const char *name)
{
	struct counter *c = (struct counter *)sink;

	cost.events++;
	if (name && c->path && c->params && !c->depth)
		parameter(c, name);
}

static void on_call(struct sink *sink, const char *name)
{
	(void)name;
	((struct counter *)sink)->params = true;
	event(sink, NULL);
}

static void on_params_end(struct sink *sink)
{
	((struct counter *)sink)->params = false;
	event(sink, NULL);
}

static void on_nothing(struct sink *sink)
{
	event(sink, NULL);
}

static void on_resume(struct sink *sink, enum resume what)
{
	((struct counter *)sink)->params = what == RESUME_PARAMS;
	event(sink, NULL);
}

static void on_error(struct sink *sink, int err, const char *name)
{
	(void)err;
	(void)name;
	event(sink, NULL);
}

static void on_open(struct sink *sink, const char *name, enum shape shape, const char *label)
{
	(void)shape;
	(void)label;
	event(sink, name);
	((struct counter *)sink)->depth++;
}

static void on_close(struct sink *sink, enum shape shape)
{
	(void)shape;
	((struct counter *)sink)->depth--;
	event(sink, NULL);
}

static void on_more(struct sink *sink, enum more more, uint64_t count)
{
	(void)more;
	(void)count;
	event(sink, NULL);
}

static void on_number(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width)
{
	(void)value;
	(void)format;
	(void)width;
	event(sink, name);
}

static void on_constant(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
			const char *constant)
{
	assert_non_null(constant);
	on_number(sink, name, value, format, width);
}

static void on_flags(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
		     const char *const *names, size_t n, uint64_t rest)
{
	(void)rest;
	for (size_t i = 0; i < n; i++)
		assert_non_null(names[i]);
	on_number(sink, name, value, format, width);
}

static void on_string_open(struct sink *sink, const char *name, enum string_form form)
{
	(void)form;
	event(sink, name);
}

static void on_string_bytes(struct sink *sink, const char *bytes, size_t n)
{
	static volatile char last;

	for (size_t i = 0; i < n; i++)	/* the sanitizers see whether they are there */
		last = bytes[i];
	(void)last;
	event(sink, NULL);
}

static void on_string_close(struct sink *sink, enum string_end end)
{
	(void)end;
	event(sink, NULL);
}

static void on_address(struct sink *sink, const char *name, uint64_t addr)
{
	(void)addr;
	event(sink, name);
}

static void on_token(struct sink *sink, const char *name, const char *token, uint64_t value, enum format format,
		     unsigned width)
{
	assert_non_null(token);
	on_number(sink, name, value, format, width);
}

static void on_unknown(struct sink *sink, const char *name)
{
	event(sink, name);
}

static const struct sink_ops counts = {
	.call = on_call, .split = on_nothing, .params_end = on_params_end, .noresult = on_params_end, .resume = on_resume,
	.error = on_error, .result_fault = on_nothing, .open = on_open, .close = on_close, .more = on_more,
	.number = on_number, .constant = on_constant, .flags = on_flags, .string_open = on_string_open,
	.string_bytes = on_string_bytes, .string_close = on_string_close, .address = on_address, .fault = on_address,
	.token = on_token, .unknown = on_unknown,
};

/* Both halves of a call, through a sink. */
static void decode(const struct call_record *rec, unsigned verbose, struct sink *sink)
{
	struct decode_options opt = {.verbose = verbose, .string_limit = LIMIT_UNSET};

	start_half();
	decode_entry(rec, &target, &opt, sink);
	end_half();
	start_half();
	decode_exit(rec, &target, &opt, sink);
	end_half();
}

/* The text that a user would see; it has no raw control character. */
static void decode_text(const struct call_record *rec, unsigned verbose)
{
	static const struct text_options opt;
	struct text_sink sink;

	text_sink_init(&sink, &opt);
	decode(rec, verbose, &sink.sink);
	for (const char *p = strbuf_str(&sink.text); *p; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
	text_sink_free(&sink);
}

static unsigned paths, checked_paths;

static struct call_record record_of(const struct path *path, uint64_t value, int64_t ret, int err)
{
	struct call_record rec = {.call = path->call, .nr = path->call->nr, .word = 8, .ret = ret, .err = err};

	for (unsigned i = 0; i < REGISTERS; i++)
		rec.arg[i] = path->fixed[i] ? path->reg[i] : value;
	return rec;
}

/* The parameters of the case are shown, and no others. */
static void check_shown(const struct path *path)
{
	struct counter c = {.sink = {&counts}, .path = path};
	struct call_record rec = record_of(path, MEMORY, 1, 0);
	const char *call = table_name(path->call->name);

	fill(ONES);
	decode(&rec, 2, &c.sink);
	paths++;
	if (!path->sure)
		return;
	checked_paths++;
	if (c.foreign)
		fail_msg("%s shows %s, which this case does not have", call, c.foreign);
	for (unsigned i = 0; i < path->nsigs; i++) {
		for (unsigned k = 0; k < path->sigs[i]->count; k++) {
			const struct member *m = &table_members[path->sigs[i]->first + k];

			if (!m->cond && !(c.seen & 1u << m->off))
				fail_msg("%s does not show %s", call, table_name(m->name));
		}
	}
}

static void try_path(const struct path *path)
{
	struct counter c = {.sink = {&counts}};

	check_shown(path);
	for (enum pattern pattern = ZEROS; pattern < PATTERNS; pattern++) {
		fill(pattern);
		for (size_t v = 0; v < COUNT(extremes); v++) {
			struct call_record rec = record_of(path, extremes[v], (int64_t)extremes[v], 0);

			decode_text(&rec, v % 3);
			for (unsigned i = 0; i < REGISTERS; i++) {
				struct call_record one = record_of(path, MEMORY, (int64_t)extremes[v],
								   v % 4 ? 0 : 14);

				if (!path->fixed[i])
					one.arg[i] = extremes[v];
				decode(&one, i % 2, &c.sink);
			}
		}
	}
}

/* The register that a key is made of, or -1; *plain: it is nothing but that, perhaps masked. */
static int key_register(const struct swtch *sw, bool *plain)
{
	const uint16_t *code = &table_code[sw->key];
	int found = -1;
	bool simple = true;

	while (*code != OP_END) {
		switch (*code++) {
		case OP_MEMBER:
			simple = simple && found < 0;
			found = table_members[*code++].off;
			break;
		case OP_CONST:
			code++;
			break;
		case OP_AND:
			break;
		case OP_DEREF:
		case OP_ENTRY:
			code++;
			simple = false;
			break;
		default:
			simple = false;
		}
	}
	*plain = simple && found >= 0;
	return found;
}

static void try_sig(const struct path *before, uint16_t index)
{
	const struct sig *sig = &table_sigs[index];
	struct path with = *before, *path = &with;

	assert_true(path->nsigs < COUNT(path->sigs));
	path->sigs[path->nsigs++] = sig;
	if (!sig->sw) {
		try_path(path);
		return;
	}
	const struct swtch *sw = &table_switches[sig->sw - 1];
	bool plain;
	int reg = key_register(sw, &plain);

	for (unsigned i = 0; i <= sw->count; i++) {
		struct path next = *path;

		if (i == sw->count) {	/* default: no other value has been found for it */
			next.sure = false;
			try_sig(&next, sw->other);
			break;
		}
		/* A second switch on the same register: only some of its cases can be had here. */
		next.sure = next.sure && plain && !next.fixed[reg];
		if (reg >= 0) {
			next.reg[reg] = table_cases[sw->first + i].value;
			next.fixed[reg] = true;
		}
		try_sig(&next, table_cases[sw->first + i].sig);
	}
}

static void every_case_of_every_call_survives_extreme_values(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < table_ncalls; i++)
		try_sig(&(struct path){.call = &table_calls[i], .sure = true}, table_calls[i].sig);
	print_message("# %u cases of %u calls, %u of them certainly; at most %zu events, %zu reads, %zu bytes\n", paths,
		      table_ncalls, checked_paths, most.events, most.reads, most.bytes);
}

/* Writes the key of a switch in a struct, when it is a field, so that a case of it is chosen. */
static void poke_key(const struct swtch *sw, uint64_t value)
{
	const uint16_t *code = &table_code[sw->key];

	for (; *code != OP_END; code++) {
		if (*code == OP_MEMBER || *code == OP_DEREF || *code == OP_ENTRY || *code == OP_CONST) {
			const struct member *m = &table_members[*++code];

			if (code[-1] == OP_MEMBER && m->off + m->width <= WORDS * 8)
				memcpy((char *)memory + m->off, &value, m->width);	/* little end first */
		}
	}
}

static void try_struct(unsigned type)
{
	struct decode_options opt = {.string_limit = LIMIT_UNSET};
	struct counter c = {.sink = {&counts}};

	for (opt.verbose = 0; opt.verbose <= 2; opt.verbose++) {
		start_half();
		decode_value(type, MEMORY, NULL, &target, &opt, &c.sink);
		decode_value(type, MEMORY_END - 5, NULL, &target, &opt, &c.sink);
		end_half();
	}
}

static void every_case_of_every_struct_survives_extreme_values(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < table_ntypes; i++) {
		const struct type *t = &table_types[i];

		for (enum pattern pattern = ZEROS; pattern < PATTERNS; pattern++) {
			fill(pattern);
			try_struct(i);
			for (unsigned m = 0; t->cls == TYPE_STRUCT && m < t->count; m++) {
				const struct member *field = &table_members[t->first + m];

				if (!(field->how & HOW_SWITCH))
					continue;
				const struct swtch *sw = &table_switches[field->type];
				for (unsigned k = 0; k < sw->count; k++) {
					fill(pattern);
					poke_key(sw, table_cases[sw->first + k].value);
					try_struct(i);
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_of_every_call_survives_extreme_values),
		cmocka_unit_test(every_case_of_every_struct_survives_extreme_values),
	};

	return cmocka_run_group_tests_name("extremes", tests, NULL, NULL);
}
