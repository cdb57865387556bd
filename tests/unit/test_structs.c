/* Structs, and pointers to what is not an array. */
#include "fixture.h"

static void fields_are_hidden_until_v_reveals_them(void **state)
{
	static const int values[] = {1, 2, 3, 4};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct({a=1, d=4, ..}) = ");
	decode_opt.verbose = 1;
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct({a=1, b=2, d=4, ..}) = ");
	decode_opt.verbose = 2;
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct({a=1, b=2, c=3, d=4}) = ");
}

static void a_field_without_meaning_is_hidden_below_vv(void **state)
{
	static const int values[] = {0, 2, 3, 4};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct({a=0, ..}) = ");
	decode_opt.verbose = 2;
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct({a=0, b=2, c=3, d=4}) = ");
}

static void structs_are_pointers_where_memory_cannot_be_read(void **state)
{
	(void)state;
	TEXT(entry_of("takes_struct", ARGS(MEMORY_END)), "takes_struct(&0x14000) = ");
	TEXT(entry_of("takes_struct", ARGS(0)), "takes_struct(NULL) = ");
	decode_opt.addresses = true;
	TEXT(entry_of("takes_struct", ARGS(MEMORY)), "takes_struct(&0x10000) = ");
}

static void structs_end_where_memory_does(void **state)
{
	(void)state;
	poke32(MEMORY_END - 12, 1);
	TEXT(entry_of("takes_struct", ARGS(MEMORY_END - 12)), "takes_struct({a=1, ..(?)}) = ");
	decode_opt.verbose = 2;
	poke32(MEMORY_END - 8, 7);
	poke32(MEMORY_END - 4, 8);
	TEXT(entry_of("takes_struct", ARGS(MEMORY_END - 8)), "takes_struct({a=7, b=8, ..(?)}) = ");
	TEXT(entry_of("takes_struct", ARGS(MEMORY_END - 2)), "takes_struct({..(?)}) = ");
}

static void large_structs_are_read_to_their_end(void **state)
{
	(void)state;
	poke64(MEMORY, 1);
	poke64(MEMORY + 408, 2);
	decode_opt.string_limit = 1;
	TEXT(entry_of("takes_big", ARGS(MEMORY)), "takes_big({head=1, filler=\"\\0\".., tail=2}) = ");
	poke64(MEMORY_END - 400, 1);
	TEXT(entry_of("takes_big", ARGS(MEMORY_END - 400)), "takes_big({head=1, filler=\"\\0\".., ..(?)}) = ");
}

static void structs_print_inside_each_other(void **state)
{
	struct {
		int id, in_place[4], pad;
		uint64_t there, number, name;
	} outer = {5, {0, 0, 0, 0}, 0, MEMORY + 0x100, MEMORY + 0x200, MEMORY + 0x300};

	(void)state;
	poke(MEMORY, &outer, sizeof(outer));
	poke32(MEMORY + 0x100, 9);
	poke32(MEMORY + 0x200, (uint32_t)-4);
	poke_text(MEMORY + 0x300, "me");
	TEXT(entry_of("takes_nested", ARGS(MEMORY)),
	     "takes_nested({id=5, in_place={a=0, ..}, there={a=9, ..}, number={-4}, name=\"me\"}) = ");
	outer.there = MEMORY_END;
	outer.number = MEMORY_END - 2;
	outer.name = 0;
	poke(MEMORY, &outer, sizeof(outer));
	TEXT(entry_of("takes_nested", ARGS(MEMORY)),
	     "takes_nested({id=5, in_place={a=0, ..}, there=&0x14000, number=&0x13ffe, name=NULL}) = ");
}

static void unnamed_structs_show_names_when_all_are_wanted(void **state)
{
	(void)state;
	poke64(MEMORY, 1);
	poke64(MEMORY + 8, 500000000);
	TEXT(entry_of("takes_time", ARGS(MEMORY)), "takes_time({1, 500000000}) = ");
	text_opt.names = true;
	TEXT(entry_of("takes_time", ARGS(MEMORY)), "takes_time(t={tv_sec=1, tv_nsec=500000000}) = ");
}

static void only_the_fields_of_the_chosen_case_exist(void **state)
{
	static const int values[] = {2, 3, 4};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_variant", ARGS(MEMORY)), "takes_variant({tag=VARIANT_PAIR, first=3, second=4}) = ");
	poke32(MEMORY, 1);
	TEXT(entry_of("takes_variant", ARGS(MEMORY)), "takes_variant({tag=VARIANT_NUMBER, number=3}) = ");
	poke32(MEMORY, 9);
	TEXT(entry_of("takes_variant", ARGS(MEMORY)), "takes_variant({tag=9}) = ");
}

static void fields_beyond_the_given_size_are_absent(void **state)
{
	(void)state;
	poke64(MEMORY, 1);
	poke64(MEMORY + 8, 2);
	poke64(MEMORY + 16, 3);
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, 24)), "takes_extensible({first=1, second=2, third=3}, 24) = ");
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, 16)), "takes_extensible({first=1, second=2}, 16) = ");
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, 15)), "takes_extensible({first=1}, 15) = ");
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, 0)), "takes_extensible({}, 0) = ");
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, 4096)),
	     "takes_extensible({first=1, second=2, third=3}, 4096) = ");
	TEXT(entry_of("takes_extensible", ARGS(MEMORY, UINT64_MAX)),
	     "takes_extensible(&0x10000, 18446744073709551615) = ");
}

static void the_size_of_a_struct_bounds_what_is_in_it(void **state)
{
	(void)state;
	poke(MEMORY, "\x01\0/tmp/x", 8);
	TEXT(entry_of("takes_tail", ARGS(MEMORY, 8)), "takes_tail({family=1, data=\"/tmp/x\"}, 8) = ");
	TEXT(entry_of("takes_tail", ARGS(MEMORY, 2)), "takes_tail({family=1}, 2) = ");
	TEXT(entry_of("takes_tail", ARGS(MEMORY, 1)), "takes_tail({}, 1) = ");
}

static void arrays_behind_a_struct_have_the_length_that_it_says(void **state)
{
	static const uint32_t values[] = {2, 7, 8, 9};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_flexible", ARGS(MEMORY)), "takes_flexible({n=2, values=[7, 8]}) = ");
	poke32(MEMORY, UINT32_MAX);
	TEXT(entry_of("takes_flexible", ARGS(MEMORY)),
	     "takes_flexible({n=4294967295, values=[7, 8, 9, 0, ..(+4294967291)]}) = ");
	poke32(MEMORY_END - 4, 3);
	TEXT(entry_of("takes_flexible", ARGS(MEMORY_END - 4)), "takes_flexible({n=3, ..(?)}) = ");
}

static void arrays_in_place_end_with_the_given_size(void **state)
{
	static const uint32_t values[] = {1, 2, 3, 4, 5, 6};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_cut", ARGS(MEMORY, 24)), "takes_cut({a=1, list=[2, 3, 4], rest=[5, 6]}, 24) = ");
	TEXT(entry_of("takes_cut", ARGS(MEMORY, 20)), "takes_cut({a=1, list=[2, 3, 4], rest=[5]}, 20) = ");
	TEXT(entry_of("takes_cut", ARGS(MEMORY, 12)), "takes_cut({a=1, list=[2, 3]}, 12) = ");
}

static void arrays_in_place_of_negative_length_are_empty(void **state)
{
	(void)state;
	poke32(MEMORY, (uint32_t)-5);
	TEXT(entry_of("takes_negative", ARGS(MEMORY)), "takes_negative({n=-5, values=[]}) = ");
}

static void a_condition_on_an_absent_field_is_not_known(void **state)
{
	(void)state;
	TEXT(entry_of("takes_dependent", ARGS(MEMORY, 8)), "takes_dependent({a=0, b=0}, 8) = ");
	TEXT(entry_of("takes_dependent", ARGS(MEMORY, 12)), "takes_dependent({a=0, c=0, ..}, 12) = ");
}

static void arrays_in_place_and_behind_pointers(void **state)
{
	struct {
		char label[4], word[8];
		uint8_t bytes[3], pad;
		uint32_t n, pad2;
		uint64_t list;
	} s = {"abc", "hello", {1, 2, 255}, 0, 2, 0, MEMORY + 0x100};

	(void)state;
	poke(MEMORY, &s, sizeof(s));
	poke(MEMORY + 0x100, "\x01\x00\x02\x01", 4);
	TEXT(entry_of("takes_named", ARGS(MEMORY)),
	     "takes_named({label=\"abc\\0\", word=\"hello\", bytes=[1, 2, 255], n=2, list=[1, 258]}) = ");
	decode_opt.string_addresses = true;	/* in place there is no pointer to show */
	TEXT(entry_of("takes_named", ARGS(MEMORY)),
	     "takes_named({label=\"abc\\0\", word=\"hello\", bytes=[1, 2, 255], n=2, list=[1, 258]}) = ");
}

static void circular_pointers_end(void **state)
{
	(void)state;
	poke64(MEMORY + 8, MEMORY);
	poke64(MEMORY + 16, MEMORY);
	decode_opt.verbose = 2;
	const char *text = entry_of("takes_loop", ARGS(MEMORY));
	assert_non_null(strstr(text, "other={id=0, next={id=0, next={..}, other={..}}"));
	assert_true(strlen(text) < 100000);
	assert_true(reads < 10000);
}

static void pointers_to_pointers_show_every_step(void **state)
{
	(void)state;
	poke64(MEMORY, MEMORY + 8);
	poke32(MEMORY + 8, 5);
	TEXT(entry_of("takes_pointers", ARGS(MEMORY, MEMORY + 8)), "takes_pointers({{5}}, {5}) = ");
	poke64(MEMORY, 0);
	TEXT(entry_of("takes_pointers", ARGS(MEMORY, 0)), "takes_pointers({NULL}, NULL) = ");
	TEXT(entry_of("takes_pointers", ARGS(MEMORY_END, MEMORY_END - 3)), "takes_pointers(&0x14000, &0x13ffd) = ");
	decode_opt.addresses = true;
	TEXT(entry_of("takes_pointers", ARGS(MEMORY, MEMORY)), "takes_pointers(&0x10000, &0x10000) = ");
}

static bool beyond;

/* Memory up to the last byte, that tells of reads which wrap around, and claims more than was asked for. */
static size_t read_anything(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx;
	if (addr < MEMORY)
		return 0;
	beyond = beyond || addr + (len - 1) < addr;
	memset(buf, 1, len);
	return len + 100;
}

static void a_read_ends_with_the_address_space(void **state)
{
	const struct target everything = {.read = read_anything};
	struct call_record rec = {
		.call = decode_find_name("takes_structs"),
		.word = 8,
		.arg = {UINT64_MAX - 1, 1},
	};
	struct text_sink sink;

	(void)state;
	beyond = false;
	text_sink_init(&sink, &text_opt);
	decode_entry(&rec, &everything, &decode_opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "takes_structs([{..(?)}], 1) = ");
	text_sink_free(&sink);
	assert_false(beyond);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_are_hidden_until_v_reveals_them),
		TEST(a_field_without_meaning_is_hidden_below_vv),
		TEST(structs_are_pointers_where_memory_cannot_be_read),
		TEST(structs_end_where_memory_does),
		TEST(large_structs_are_read_to_their_end),
		TEST(structs_print_inside_each_other),
		TEST(unnamed_structs_show_names_when_all_are_wanted),
		TEST(only_the_fields_of_the_chosen_case_exist),
		TEST(fields_beyond_the_given_size_are_absent),
		TEST(the_size_of_a_struct_bounds_what_is_in_it),
		TEST(arrays_behind_a_struct_have_the_length_that_it_says),
		TEST(arrays_in_place_end_with_the_given_size),
		TEST(arrays_in_place_of_negative_length_are_empty),
		TEST(a_condition_on_an_absent_field_is_not_known),
		TEST(arrays_in_place_and_behind_pointers),
		TEST(circular_pointers_end),
		TEST(a_read_ends_with_the_address_space),
		TEST(pointers_to_pointers_show_every_step),
	};

	return cmocka_run_group_tests_name("structs", tests, NULL, NULL);
}
