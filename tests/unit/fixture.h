/*
 * A made-up process for tests of the decoder: a few pages of memory at
 * known addresses, and the text that the decoder makes of a call.
 */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "decode/sink_text.h"

#define MEMORY 0x10000		/* the first address that can be read */
#define MEMORY_SIZE 0x4000
#define MEMORY_END (MEMORY + MEMORY_SIZE)	/* the first that cannot */

#define NETLINK_FD 100		/* the first descriptor that is a netlink socket: of protocol 0, the next of 1 .. */

/* Options of the decoder and of the text, as trace's options set them; reset before each test. */
extern struct decode_options decode_opt;
extern struct text_options text_opt;

/* What target->also answers with; negative: it fails. */
extern int64_t also_value;

/* How many bytes, in how many reads, the decoder asked for since the test began. */
extern size_t reads, bytes_read;

/* cmocka's setup of each test. */
int reset(void **state);

/* Copies bytes to an address. */
void poke(uint64_t addr, const void *bytes, size_t n);
void poke32(uint64_t addr, uint32_t value);
void poke64(uint64_t addr, uint64_t value);
/* A string with its NUL; returns addr. */
uint64_t poke_text(uint64_t addr, const char *text);

#define MAX_ARGS 6
struct args {
	uint64_t arg[MAX_ARGS];
};
#define ARGS(...) (&(struct args){{__VA_ARGS__}})

/* What these are made from, for tests that bring another sink.  call NULL: an unknown one, 999. */
extern const struct target test_target;
struct call_record record_of(const char *call, const struct args *);

/* The texts are valid until the next call of the same function. */
const char *entry_of(const char *call, const struct args *);
const char *exit_of(const char *call, const struct args *, int64_t ret);
const char *failed_exit_of(const char *call, const struct args *, int err);
/* Both halves of a call that succeeds, or fails. */
const char *line_of(const char *call, const struct args *, int64_t ret);
const char *failed_line_of(const char *call, const struct args *, int err);

/* One value alone, of a type of names.h. */
const char *value_of(unsigned type, uint64_t value);

#define TEXT(actual, expected) assert_string_equal(actual, expected)

#define TEST(f) cmocka_unit_test_setup(f, reset)

#endif
