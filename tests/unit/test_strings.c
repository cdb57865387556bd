/* Strings and buffers of bytes. */
#include "fixture.h"

static void strings_print_as_c_does(void **state)
{
	(void)state;
	poke_text(MEMORY, "\a\b\t\n\v\f\r\\\"'%\x1b\x7f\xc3\xa9");
	TEXT(entry_of("takes_path", ARGS(MEMORY)),
	     "takes_path(\"\\a\\b\\t\\n\\v\\f\\r\\\\\\\"'%\\x1b\\x7f\\xc3\\xa9\") = ");
}

static void a_nul_is_not_mistaken_with_a_digit_after_it(void **state)
{
	(void)state;
	poke(MEMORY, "a\0b\0" "1\0\0", 7);
	TEXT(entry_of("write_like", ARGS(1, MEMORY, 7)), "write_like(1, \"a\\0b\\0001\\0\\0\", 7) = ");
}

static void strings_are_cut_at_the_limit_of_the_verbosity(void **state)
{
	char text[301] = "";

	(void)state;
	memset(text, 'x', 300);
	poke_text(MEMORY, text);
	TEXT(entry_of("takes_string", ARGS(MEMORY)), "takes_string(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"..) = ");
	TEXT(entry_of("takes_string", ARGS(MEMORY + 300 - 32)),
	     "takes_string(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\") = ");
	decode_opt.verbose = 1;
	assert_int_equal(strlen(entry_of("takes_string", ARGS(MEMORY))), strlen("takes_string(\"\"..) = ") + 256);
	decode_opt.verbose = 2;
	assert_int_equal(strlen(entry_of("takes_string", ARGS(MEMORY))), strlen("takes_string(\"\") = ") + 300);
	decode_opt.string_limit = 2;
	TEXT(entry_of("takes_string", ARGS(MEMORY)), "takes_string(\"xx\"..) = ");
	decode_opt.string_limit = 0;
	TEXT(entry_of("takes_string", ARGS(MEMORY)), "takes_string(\"\"..) = ");
	TEXT(entry_of("takes_string", ARGS(MEMORY + 300)), "takes_string(\"\") = ");
}

static void paths_are_never_cut(void **state)
{
	char text[4096] = "";

	(void)state;
	memset(text, 'x', 4095);
	poke_text(MEMORY + 10, text);
	decode_opt.string_limit = 1;
	assert_int_equal(strlen(entry_of("takes_path", ARGS(MEMORY + 10))), strlen("takes_path(\"\") = ") + 4095);
}

static void a_path_without_end_stops_where_the_kernel_stops(void **state)
{
	char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text));
	poke(MEMORY, text, sizeof(text));
	assert_int_equal(strlen(entry_of("takes_path", ARGS(MEMORY))), strlen("takes_path(\"\"..) = ") + 4096);
}

static void unreadable_strings_are_pointers(void **state)
{
	(void)state;
	TEXT(entry_of("takes_path", ARGS(MEMORY_END)), "takes_path(&0x14000) = ");
	TEXT(entry_of("takes_path", ARGS(0)), "takes_path(NULL) = ");
	TEXT(entry_of("takes_path", ARGS(UINT64_MAX)), "takes_path(&0xffffffffffffffff) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY_END, 5)), "write_like(1, &0x14000, 5) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY_END, 0)), "write_like(1, \"\", 0) = ");
}

static void strings_end_where_memory_does(void **state)
{
	(void)state;
	poke(MEMORY_END - 3, "abc", 3);
	TEXT(entry_of("takes_path", ARGS(MEMORY_END - 3)), "takes_path(\"abc\"..(?)) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY_END - 3, 5)), "write_like(1, \"abc\"..(?), 5) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY_END - 3, 3)), "write_like(1, \"abc\", 3) = ");
}

static void strings_are_read_within_pages(void **state)
{
	(void)state;
	poke_text(MEMORY_END - 0x1004, "abcdefgh");
	TEXT(entry_of("takes_path", ARGS(MEMORY_END - 0x1004)), "takes_path(\"abcdefgh\") = ");
	reads = bytes_read = 0;
	TEXT(entry_of("takes_path", ARGS(MEMORY_END - 0x1000)), "takes_path(\"efgh\") = ");
	assert_int_equal(reads, 1);
	bytes_read = 0;
	poke_text(MEMORY_END - 0x1010, "abc");
	TEXT(entry_of("takes_path", ARGS(MEMORY_END - 0x1010)), "takes_path(\"abc\") = ");
	assert_int_equal(bytes_read, 0x10);
}

static void buffers_of_impossible_sizes_do_no_harm(void **state)
{
	(void)state;
	poke(MEMORY, "ab", 2);
	TEXT(entry_of("write_like", ARGS(1, MEMORY, UINT64_MAX)), "write_like(1, &0x10000, 18446744073709551615) = ");
	decode_opt.string_limit = 2;
	TEXT(entry_of("write_like", ARGS(1, MEMORY, INT64_MAX)), "write_like(1, \"ab\".., 9223372036854775807) = ");
	decode_opt.string_limit = LIMIT_UNSET;
	decode_opt.verbose = 2;
	assert_true(strlen(entry_of("write_like", ARGS(1, MEMORY, INT64_MAX))) < 5 * MEMORY_SIZE);
	assert_true(bytes_read < 0x100000);
}

static void a_string_is_bounded_by_its_size(void **state)
{
	(void)state;
	poke_text(MEMORY, "abcdef");
	TEXT(entry_of("takes_bounded", ARGS(MEMORY, 3)), "takes_bounded(\"abc\", 3) = ");
	TEXT(entry_of("takes_bounded", ARGS(MEMORY, 30)), "takes_bounded(\"abcdef\", 30) = ");
}

static void text_ends_at_its_nul_and_bytes_do_not(void **state)
{
	(void)state;
	poke_text(MEMORY, "ab");
	TEXT(entry_of("takes_text", ARGS(MEMORY)), "takes_text(\"ab\") = ");
	TEXT(entry_of("takes_hex", ARGS(MEMORY, 3)), "takes_hex(\"\\x61\\x62\\x00\", 3) = ");
}

static void strings_are_addresses_where_numbers_are_wanted(void **state)
{
	(void)state;
	poke_text(MEMORY, "ab");
	decode_opt.string_addresses = true;
	TEXT(entry_of("takes_path", ARGS(MEMORY)), "takes_path(&0x10000) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY, 2)), "write_like(1, &0x10000, 2) = ");
}

static void a_path_in_a_buffer_ends_at_its_nul_and_is_never_cut(void **state)
{
	char path[300];

	(void)state;
	decode_opt.string_limit = 3;
	poke_text(MEMORY, "/tmp/x");
	TEXT(entry_of("takes_filename", ARGS(MEMORY, 100)), "takes_filename(\"/tmp/x\", 100) = ");
	TEXT(entry_of("takes_filename", ARGS(MEMORY, 5)), "takes_filename(\"/tmp/\", 5) = ");
	memset(path, 'x', sizeof(path));
	poke(MEMORY, path, sizeof(path));
	assert_int_equal(strlen(entry_of("takes_filename", ARGS(MEMORY, 300))),
			 strlen("takes_filename(\"\", 300) = ") + 300);
}

static void bytes_in_place_are_as_many_as_their_size_says(void **state)
{
	(void)state;
	poke32(MEMORY, 3);
	poke_text(MEMORY + 4, "abcdef");
	TEXT(entry_of("takes_handle", ARGS(MEMORY)), "takes_handle({n=3, bytes=\"\\x61\\x62\\x63\"}) = ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_path_in_a_buffer_ends_at_its_nul_and_is_never_cut),
		TEST(bytes_in_place_are_as_many_as_their_size_says),
		TEST(strings_print_as_c_does),
		TEST(a_nul_is_not_mistaken_with_a_digit_after_it),
		TEST(strings_are_cut_at_the_limit_of_the_verbosity),
		TEST(paths_are_never_cut),
		TEST(a_path_without_end_stops_where_the_kernel_stops),
		TEST(unreadable_strings_are_pointers),
		TEST(strings_end_where_memory_does),
		TEST(strings_are_read_within_pages),
		TEST(buffers_of_impossible_sizes_do_no_harm),
		TEST(a_string_is_bounded_by_its_size),
		TEST(text_ends_at_its_nul_and_bytes_do_not),
		TEST(strings_are_addresses_where_numbers_are_wanted),
	};

	return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
