/* Arrays: counted, to a NULL, of records, of buffers. */
#include "fixture.h"

static void arguments_of_a_program_end_at_null(void **state)
{
	(void)state;
	poke_text(MEMORY, "ls");
	poke_text(MEMORY + 16, "-l");
	for (unsigned i = 0; i < 45; i++)
		poke64(MEMORY + 0x200 + 8 * i, MEMORY);
	poke64(MEMORY + 0x100, MEMORY);
	poke64(MEMORY + 0x108, MEMORY + 16);
	TEXT(entry_of("takes_argv", ARGS(MEMORY, MEMORY + 0x100, MEMORY + 0x200)),
	     "takes_argv(\"ls\", [\"ls\", \"-l\"], [..(45)])");
	TEXT(entry_of("takes_argv", ARGS(MEMORY, 0, MEMORY + 0x300 + 8 * 45)), "takes_argv(\"ls\", NULL, [])");
}

static void arguments_that_cannot_be_read_are_pointers(void **state)
{
	(void)state;
	poke64(MEMORY_END - 8, MEMORY_END);
	TEXT(entry_of("takes_argv", ARGS(MEMORY_END, MEMORY_END - 8, MEMORY_END)),
	     "takes_argv(&0x14000, [&0x14000, ..(?)], &0x14000)");
	TEXT(entry_of("takes_argv", ARGS(0, 0, MEMORY_END - 8)), "takes_argv(NULL, NULL, [..(?)])");
}

static void counted_arrays_stop_at_the_limit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		poke32(MEMORY + 4 * i, i);
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 0)), "takes_numbers([], 0) = ");
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 2)), "takes_numbers([0, 1], 2) = ");
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 48)), "takes_numbers([0, 1, 2, 3, ..(+44)], 48) = ");
	decode_opt.verbose = 1;
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 17)),
	     "takes_numbers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ..(+1)], 17) = ");
	decode_opt.verbose = 2;
	assert_non_null(strstr(entry_of("takes_numbers", ARGS(MEMORY, 100)), ", 98, 99], 100)"));
}

static void arrays_of_a_type_with_a_limit_obey_it(void **state)
{
	(void)state;
	poke32(MEMORY, 1);
	TEXT(entry_of("takes_limited", ARGS(MEMORY, 45)), "takes_limited([..(45)], 45) = ");
	decode_opt.verbose = 1;
	TEXT(entry_of("takes_limited", ARGS(MEMORY, 45)), "takes_limited([LIMITED_ONE, 0, ..(+43)], 45) = ");
}

static void arrays_end_where_memory_does(void **state)
{
	(void)state;
	poke32(MEMORY_END - 4, 7);
	TEXT(entry_of("takes_numbers", ARGS(MEMORY_END - 4, 3)), "takes_numbers([7, ..(?)], 3) = ");
	TEXT(entry_of("takes_numbers", ARGS(MEMORY_END, 3)), "takes_numbers(&0x14000, 3) = ");
	TEXT(entry_of("takes_numbers", ARGS(0, 3)), "takes_numbers(NULL, 3) = ");
	TEXT(entry_of("takes_structs", ARGS(MEMORY_END - 8, 3)), "takes_structs([{x=0, y=7}, ..(?)], 3) = ");
	TEXT(entry_of("takes_structs", ARGS(MEMORY_END - 4, 3)), "takes_structs([{x=7, ..(?)}, ..(?)], 3) = ");
}

static void arrays_are_addresses_where_those_are_wanted(void **state)
{
	(void)state;
	decode_opt.addresses = true;
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 3)), "takes_numbers(&0x10000, 3) = ");
	TEXT(entry_of("write_like", ARGS(1, MEMORY, 3)), "write_like(1, &0x10000, 3) = ");
	TEXT(entry_of("takes_argv", ARGS(MEMORY, MEMORY, 0)), "takes_argv(&0x10000, &0x10000, NULL)");
}

static void arrays_of_impossible_counts_do_no_harm(void **state)
{
	(void)state;
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, 0xffffffff)), "takes_numbers(&0x10000, -1) = ");
	TEXT(entry_of("takes_numbers", ARGS(MEMORY, INT32_MAX)),
	     "takes_numbers([0, 0, 0, 0, ..(+2147483643)], 2147483647) = ");
	TEXT(entry_of("takes_bytes", ARGS(MEMORY, INT64_MAX)),
	     "takes_bytes([0, 0, 0, 0, ..(+2305843009213693947)], 9223372036854775807) = ");
	decode_opt.verbose = 2;
	const char *text = entry_of("takes_numbers", ARGS(MEMORY, INT32_MAX));
	TEXT(text + strlen(text) - strlen("0, 0, ..(?)], 2147483647) = "), "0, 0, ..(?)], 2147483647) = ");
}

static void the_work_for_a_call_is_bounded(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MEMORY_SIZE / 8; i++)
		poke64(MEMORY + 8 * i, MEMORY);		/* pointers to themselves, and counts of 0x10000 */
	decode_opt.verbose = 2;
	const char *text = entry_of("takes_pairs", ARGS(MEMORY, 0x7fffffff));
	TEXT(text + strlen(text) - strlen("..(?)], 2147483647) = "), "..(?)], 2147483647) = ");
	reads = 0;
	text = entry_of("takes_loops", ARGS(MEMORY, 2000));
	assert_true(reads < 70000);
	decode_opt.verbose = 0;
	reads = 0;
	text = entry_of("takes_argv", ARGS(0, MEMORY, MEMORY));
	assert_true(reads < 1000);
}

static void arrays_may_be_given_by_their_bytes(void **state)
{
	static const uint32_t values[] = {1, 2, 3};

	(void)state;
	poke(MEMORY, values, sizeof(values));
	TEXT(entry_of("takes_bytes", ARGS(MEMORY, 12)), "takes_bytes([1, 2, 3], 12) = ");
	TEXT(entry_of("takes_bytes", ARGS(MEMORY, 11)), "takes_bytes([1, 2], 11) = ");
}

static void arrays_of_pointers_show_what_they_point_to(void **state)
{
	(void)state;
	poke64(MEMORY, MEMORY + 0x100);
	poke64(MEMORY + 16, MEMORY_END);
	poke32(MEMORY + 0x100, 3);
	TEXT(entry_of("takes_pairs", ARGS(MEMORY, 3)), "takes_pairs([{x=3, y=0}, NULL, &0x14000], 3) = ");
}

static void vectors_show_their_buffers(void **state)
{
	const uint64_t v[] = {MEMORY + 0x100, 5, MEMORY + 0x200, 3, 0, 0, MEMORY_END, 9};

	(void)state;
	poke(MEMORY, v, sizeof(v));
	poke_text(MEMORY + 0x100, "hello");
	poke_text(MEMORY + 0x200, "you");
	TEXT(entry_of("writev_like", ARGS(1, MEMORY, 4)),
	     "writev_like(1, [{iov_base=\"hello\", iov_len=5}, {iov_base=\"you\", iov_len=3}, "
	     "{iov_base=NULL, iov_len=0}, {iov_base=&0x14000, iov_len=9}], 4) = ");
	TEXT(exit_of("readv_like", ARGS(1, MEMORY, 2), 6),
	     "[{iov_base=\"hello\", iov_len=5}, {iov_base=\"y\", iov_len=3}], 2) = 6");
	TEXT(exit_of("readv_like", ARGS(1, MEMORY, 2), 0),
	     "[{iov_base=\"\", iov_len=5}, {iov_base=\"\", iov_len=3}], 2) = 0");
}

static void the_result_limits_the_buffers_of_a_struct(void **state)
{
	const uint64_t v[] = {MEMORY + 0x100, 5}, m[] = {MEMORY, 1};

	(void)state;
	poke(MEMORY, v, sizeof(v));
	poke(MEMORY + 0x80, m, sizeof(m));
	poke_text(MEMORY + 0x100, "hello");
	TEXT(line_of("recvmsg_like", ARGS(MEMORY + 0x80), 2),
	     "recvmsg_like({v=[{iov_base=\"he\", iov_len=5}], ..}) = 2");
}

static void the_result_limits_the_buffers_of_an_array(void **state)
{
	const uint64_t parts[] = {MEMORY + 0x100, 5, MEMORY + 0x200, 3};

	(void)state;
	poke(MEMORY, parts, sizeof(parts));
	poke_text(MEMORY + 0x100, "hello");
	poke_text(MEMORY + 0x200, "you");
	TEXT(exit_of("gather_like", ARGS(MEMORY, 2), 7), "[{data=\"hello\", len=5}, {data=\"yo\", len=3}], 2) = 7");
}

static void poke_record(uint64_t addr, uint16_t len, uint16_t id, const char *text)
{
	poke(addr, &len, 2);
	poke(addr + 2, &id, 2);
	poke_text(addr + 4, text);
}

static void records_follow_each_other_at_their_own_length(void **state)
{
	(void)state;
	poke_record(MEMORY, 8, 1, "ab");
	poke_record(MEMORY + 8, 12, 2, "abcdef");
	poke_record(MEMORY + 20, 8, 3, "z");
	TEXT(line_of("records_like", ARGS(3, MEMORY, 99), 28),
	     "records_like(3, [{len=8, id=1, name=\"ab\"}, {len=12, id=2, name=\"abcdef\"}, "
	     "{len=8, id=3, name=\"z\"}], 99) = 28");
	TEXT(line_of("records_like", ARGS(3, MEMORY, 99), 0), "records_like(3, [], 99) = 0");
}

static void records_that_do_not_advance_end(void **state)
{
	(void)state;
	poke_record(MEMORY, 8, 1, "ab");
	poke_record(MEMORY + 8, 0, 2, "cd");
	TEXT(exit_of("records_like", ARGS(3, MEMORY, 99), 16),
	     "[{len=8, id=1, name=\"ab\"}, {len=0, id=2, name=\"cd\"}], 99) = 16");
	poke_record(MEMORY + 8, 60000, 2, "cd");
	TEXT(exit_of("records_like", ARGS(3, MEMORY, 99), 15),
	     "[{len=8, id=1, name=\"ab\"}, {len=60000, id=2, name=\"cd\"}], 99) = 15");
	TEXT(exit_of("records_like", ARGS(3, MEMORY, 99), 9), "[{len=8, id=1, name=\"ab\"}, {}], 99) = 9");
}

static void records_end_where_memory_does(void **state)
{
	(void)state;
	poke_record(MEMORY_END - 8, 8, 1, "ab");
	TEXT(exit_of("records_like", ARGS(3, MEMORY_END - 8, 99), 30), "[{len=8, id=1, name=\"ab\"}, ..(?)], 99) = 30");
	TEXT(exit_of("records_like", ARGS(3, MEMORY_END, 99), 30), "&0x14000, 99) = 30");
}

static void records_beyond_the_limit_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++)
		poke_record(MEMORY + 8 * i, 8, (uint16_t)i, "a");
	const char *text = exit_of("records_like", ARGS(3, MEMORY, 99), 48);
	TEXT(text + strlen(text) - strlen("name=\"a\"}, ..(+2)], 99) = 48"), "name=\"a\"}, ..(+2)], 99) = 48");
}

static void the_result_limits_the_records_of_an_array(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		poke_record(MEMORY + 0x100 + 8 * i, 8, (uint16_t)i, "a");
	for (unsigned i = 0; i < 2; i++) {
		poke64(MEMORY + 16 * i, MEMORY + 0x100 + 16 * i);
		poke64(MEMORY + 16 * i + 8, 16);
	}
	TEXT(exit_of("gather_records_like", ARGS(MEMORY, 2), 24),
	     "[{list=[{len=8, id=0, name=\"a\"}, {len=8, id=1, name=\"a\"}], len=16}, "
	     "{list=[{len=8, id=2, name=\"a\"}], len=16}], 2) = 24");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arguments_of_a_program_end_at_null),
		TEST(arguments_that_cannot_be_read_are_pointers),
		TEST(counted_arrays_stop_at_the_limit),
		TEST(arrays_of_a_type_with_a_limit_obey_it),
		TEST(arrays_end_where_memory_does),
		TEST(arrays_are_addresses_where_those_are_wanted),
		TEST(arrays_of_impossible_counts_do_no_harm),
		TEST(the_work_for_a_call_is_bounded),
		TEST(arrays_may_be_given_by_their_bytes),
		TEST(arrays_of_pointers_show_what_they_point_to),
		TEST(vectors_show_their_buffers),
		TEST(the_result_limits_the_buffers_of_a_struct),
		TEST(the_result_limits_the_buffers_of_an_array),
		TEST(records_follow_each_other_at_their_own_length),
		TEST(records_that_do_not_advance_end),
		TEST(records_end_where_memory_does),
		TEST(records_beyond_the_limit_are_counted),
		TEST(the_result_limits_the_records_of_an_array),
	};

	return cmocka_run_group_tests_name("arrays", tests, NULL, NULL);
}
