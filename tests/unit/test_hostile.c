/*
 * Every call of syscalls.def with arguments and memory that mean nothing:
 * the decoder must end soon, stay inside of its buffers (the sanitizers
 * look), and keep the order of events that sinks rely on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"

#define MEMORY 0x10000
#define MEMORY_SIZE 0x2000
#define ROUNDS 100
#define MAX_EVENTS 400000	/* of one half of a call: several for each of the decoder's 65536 values */
#define MAX_DEPTH 32

static uint64_t memory[MEMORY_SIZE / 8];
static uint64_t seed = 88172645463325252;

/* xorshift64 */
static uint64_t chance(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Some label of some switch: random keys would hardly find one. */
static uint64_t some_label(void)
{
	static uint32_t ncases;

	for (uint32_t i = 0; ncases == 0 && i < table_nswitches; i++) {
		uint32_t end = table_switches[i].first + table_switches[i].count;

		ncases = ncases < end ? end : ncases;
	}
	return ncases ? table_cases[chance() % ncases].value : 0;
}

/* Small numbers, labels, pointers to everywhere in the memory, limits of the integers, and noise. */
static uint64_t some_word(void)
{
	switch (chance() % 9) {
	case 0:
		return chance() % 70;
	case 1:
	case 2:
		return MEMORY + chance() % MEMORY_SIZE;
	case 3:
		return MEMORY + MEMORY_SIZE - chance() % 40;
	case 4:
		return UINT64_MAX - chance() % 5;
	case 5:
		return (chance() % 70) << 32 | chance() % 70;
	case 6:
		return chance() % 2 ? INT32_MAX : INT64_MAX;
	case 7:
		return some_label();
	default:
		return chance();
	}
}

static size_t read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx;
	if (addr < MEMORY || addr >= MEMORY + MEMORY_SIZE)
		return 0;
	size_t there = MEMORY + MEMORY_SIZE - addr;
	size_t n = len < there ? len : there;
	memcpy(buf, (const char *)memory + (addr - MEMORY), n);
	return n;
}

static const struct target target = {.read = read_memory};

/* A sink that checks what every sink relies on. */
struct checker {
	struct sink sink;
	unsigned depth;
	enum shape shape[MAX_DEPTH];
	bool ended[MAX_DEPTH];	/* `more` was said: nothing may follow */
	bool in_string;
	unsigned calls, splits, ends, results, events;
};

static struct checker *value(struct sink *sink, const char *name)
{
	struct checker *c = (struct checker *)sink;

	assert_true(++c->events < MAX_EVENTS);
	assert_false(c->in_string);
	if (c->depth) {
		enum shape shape = c->shape[c->depth - 1];
		bool named = shape == SHAPE_STRUCT || shape == SHAPE_UNNAMED || shape == SHAPE_DEVICE ||
			     shape == SHAPE_EXTRA;

		assert_false(c->ended[c->depth - 1]);
		assert_int_equal(name != NULL, named);
	}
	return c;
}

static void on_call(struct sink *sink, const char *name)
{
	assert_non_null(name);
	value(sink, NULL)->calls++;
}

static void on_split(struct sink *sink)
{
	struct checker *c = value(sink, NULL);

	assert_int_equal(c->depth, 0);
	c->splits++;
}

static void on_end(struct sink *sink)
{
	struct checker *c = value(sink, NULL);

	assert_int_equal(c->depth, 0);
	c->ends++;
}

static void on_resume(struct sink *sink, enum resume what)
{
	struct checker *c = value(sink, NULL);

	assert_int_equal(what == RESUME_PARAMS, c->splits);
	if (what != RESUME_PARAMS)
		assert_int_equal(c->ends, 1);
	c->results++;
}

static void on_error(struct sink *sink, int err, const char *name)
{
	(void)err;
	(void)name;
	value(sink, NULL);
}

static void on_open(struct sink *sink, const char *name, enum shape shape, const char *label)
{
	struct checker *c = value(sink, name);

	assert_int_equal(label != NULL, shape == SHAPE_CALL);
	assert_true(c->depth < MAX_DEPTH);
	c->ended[c->depth] = false;
	c->shape[c->depth++] = shape;
}

static void on_close(struct sink *sink, enum shape shape)
{
	struct checker *c = (struct checker *)sink;

	assert_true(c->depth > 0);
	assert_int_equal(c->shape[--c->depth], shape);
}

static void on_more(struct sink *sink, enum more what, uint64_t count)
{
	struct checker *c = (struct checker *)sink;

	assert_true(c->depth > 0);
	assert_false(c->ended[c->depth - 1]);
	assert_int_equal(what == MORE_ELEMENTS, count != 0);
	c->ended[c->depth - 1] = true;
}

static void on_number(struct sink *sink, const char *name, uint64_t v, enum format format, unsigned width)
{
	(void)v;
	(void)format;
	value(sink, name);
	assert_true(width <= 8);
}

static void on_constant(struct sink *sink, const char *name, uint64_t v, enum format format, unsigned width,
			const char *constant)
{
	on_number(sink, name, v, format, width);
	assert_true(strlen(constant) > 0);
}

static void on_flags(struct sink *sink, const char *name, uint64_t v, enum format format, unsigned width,
		     const char *const *names, size_t n, uint64_t rest)
{
	on_number(sink, name, v, format, width);
	assert_int_equal(rest & ~v, 0);
	for (size_t i = 0; i < n; i++)
		assert_true(strlen(names[i]) > 0);
}

static void on_string_open(struct sink *sink, const char *name, enum string_form form)
{
	(void)form;
	value(sink, name)->in_string = true;
}

static void on_string_bytes(struct sink *sink, const char *bytes, size_t n)
{
	static volatile char sum;
	struct checker *c = (struct checker *)sink;

	assert_true(c->in_string);
	for (size_t i = 0; i < n; i++)
		sum = (char)(sum ^ bytes[i]);
}

static void on_string_close(struct sink *sink, enum string_end end)
{
	struct checker *c = (struct checker *)sink;

	(void)end;
	assert_true(c->in_string);
	c->in_string = false;
}

static void on_address(struct sink *sink, const char *name, uint64_t addr)
{
	(void)addr;
	value(sink, name);
}

static void on_token(struct sink *sink, const char *name, const char *token, uint64_t v, enum format format,
		     unsigned width)
{
	on_number(sink, name, v, format, width);
	assert_true(strlen(token) < 200);
}

static void on_value(struct sink *sink, const char *name)
{
	value(sink, name);
}

static void on_fault(struct sink *sink)
{
	value(sink, NULL);
}

static const struct sink_ops checks = {
	.call = on_call,
	.split = on_split,
	.params_end = on_end,
	.noresult = on_end,
	.resume = on_resume,
	.error = on_error,
	.result_fault = on_fault,
	.open = on_open,
	.close = on_close,
	.more = on_more,
	.number = on_number,
	.constant = on_constant,
	.flags = on_flags,
	.string_open = on_string_open,
	.string_bytes = on_string_bytes,
	.string_close = on_string_close,
	.address = on_address,
	.fault = on_address,
	.token = on_token,
	.unknown = on_value,
};

static void run(const struct call_record *rec, const struct decode_options *opt)
{
	struct checker c = {.sink = {&checks}};

	decode_entry(rec, &target, opt, &c.sink);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.splits + c.ends, 1);
	c.events = 0;
	decode_exit(rec, &target, opt, &c.sink);
	assert_int_equal(c.ends, 1);
	assert_int_equal(c.results, 1);
	assert_int_equal(c.depth, 0);
	assert_false(c.in_string);
}

static void no_call_can_harm_the_decoder(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS * 3; round++) {
		struct decode_options opt = {.verbose = round % 3, .string_limit = LIMIT_UNSET};

		for (size_t i = 0; i < MEMORY_SIZE / 8; i++)
			memory[i] = some_word();
		for (uint32_t i = 0; i < table_ncalls; i++) {
			struct call_record rec = {.call = &table_calls[i], .nr = table_calls[i].nr, .word = 8};

			for (unsigned k = 0; k < 6; k++)
				rec.arg[k] = some_word();
			rec.err = chance() % 4 == 0 ? (int)(chance() % 200 + 1) : 0;
			rec.ret = rec.err ? 0 : (int64_t)some_word();
			run(&rec, &opt);
		}
	}
}

static void no_type_can_harm_the_decoder(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS * 3; round++) {
		struct decode_options opt = {.verbose = round % 3, .string_limit = LIMIT_UNSET};

		for (size_t i = 0; i < MEMORY_SIZE / 8; i++)
			memory[i] = some_word();
		for (uint32_t i = 0; i < table_ntypes; i++) {
			struct checker c = {.sink = {&checks}};

			decode_value(i, some_word(), NULL, &target, &opt, &c.sink);
			assert_int_equal(c.depth, 0);
			assert_false(c.in_string);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_call_can_harm_the_decoder),
		cmocka_unit_test(no_type_can_harm_the_decoder),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
