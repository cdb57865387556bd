/* Calls as a whole: the two halves, directions, results and what comes after them. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>

static void inputs_print_at_entry_and_the_result_at_exit(void **state)
{
	(void)state;
	poke_text(MEMORY, "test\n");
	TEXT(entry_of("write_like", ARGS(1, MEMORY, 5)), "write_like(1, \"test\\n\", 5) = ");
	TEXT(exit_of("write_like", ARGS(1, MEMORY, 5), 5), "5");
}

static void the_entry_stops_at_the_first_output(void **state)
{
	(void)state;
	poke_text(MEMORY, "hello");
	TEXT(entry_of("read_like", ARGS(3, MEMORY, 100)), "read_like(3, ");
	TEXT(exit_of("read_like", ARGS(3, MEMORY, 100), 4), "\"hell\", 100) = 4");
	poke32(MEMORY, 3);
	poke32(MEMORY + 4, 4);
	TEXT(entry_of("pipe_like", ARGS(MEMORY, 0)), "pipe_like(");
	TEXT(exit_of("pipe_like", ARGS(MEMORY, 0), 0), "[3, 4], 0) = 0");
}

static void names_are_shown_when_all_are_wanted(void **state)
{
	(void)state;
	text_opt.names = true;
	poke_text(MEMORY, "x");
	TEXT(line_of("read_like", ARGS(3, MEMORY, 1), 1), "read_like(fd=3, buf=\"x\", count=1) = 1");
	TEXT(line_of("getppid_like", ARGS(0), 7), "getppid_like() = 7");
}

static void outputs_of_a_failed_call_are_pointers(void **state)
{
	(void)state;
	poke_text(MEMORY, "hello");
	TEXT(failed_line_of("read_like", ARGS(3, MEMORY, 100), EINTR), "read_like(3, &0x10000, 100) = -1 [EINTR]");
	TEXT(failed_line_of("pipe_like", ARGS(MEMORY, 0), EINVAL), "pipe_like(&0x10000, 0) = -1 [EINVAL]");
	TEXT(failed_line_of("read_like", ARGS(3, 0, 100), EINTR), "read_like(3, NULL, 100) = -1 [EINTR]");
}

static void an_error_without_a_name_prints_its_number(void **state)
{
	(void)state;
	TEXT(failed_line_of("mmap_like", ARGS(0), 777), "mmap_like(NULL) = -1 [777]");
}

static void an_unknown_result_is_a_fault(void **state)
{
	const struct target nobody = {0};
	struct call_record rec = {.call = decode_find_name("getppid_like"), .word = 8, .ret_unknown = true};
	struct text_sink sink;

	(void)state;
	text_sink_init(&sink, &text_opt);
	decode_exit(&rec, &nobody, &decode_opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "<fault>");
	text_sink_free(&sink);
}

static void calls_that_do_not_return_print_a_result_only_when_they_fail(void **state)
{
	(void)state;
	TEXT(entry_of("exit_like", ARGS(1)), "exit_like(1)");
	poke_text(MEMORY, "/bin/x");
	TEXT(failed_line_of("takes_argv", ARGS(MEMORY, 0, 0), ENOENT),
	     "takes_argv(\"/bin/x\", NULL, NULL) = -1 [ENOENT]");
}

static void unknown_calls_print_six_words(void **state)
{
	(void)state;
	TEXT(line_of(NULL, ARGS(1, 2, 3, 4, 5, UINT64_MAX), -7),
	     "syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0xffffffffffffffff) = -7");
	TEXT(failed_line_of(NULL, ARGS(1, 2, 3, 4, 5, 6), EINVAL),
	     "syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 [EINVAL]");
}

static void results_print_by_their_type(void **state)
{
	(void)state;
	TEXT(exit_of("mmap_like", ARGS(0), 0x7f0000000000), "&0x7f0000000000");
	TEXT(exit_of("mmap_like", ARGS(0), 0), "NULL");
	TEXT(exit_of("fcntl_like", ARGS(3, 1), O_RDWR | O_APPEND), "O_RDWR|O_APPEND");
	TEXT(exit_of("takes_dir", ARGS(0), 0xffffffff), "-1");
}

static void parameters_that_are_not_passed_are_not_shown(void **state)
{
	(void)state;
	TEXT(entry_of("takes_optional", ARGS(1, 2, 3)), "takes_optional(1, 2, 3) = ");
	TEXT(entry_of("takes_optional", ARGS(2, 2, 3)), "takes_optional(2, 3) = ");
}

static void a_switch_chooses_the_rest_of_a_call(void **state)
{
	(void)state;
	TEXT(line_of("fcntl_like", ARGS(3, 2, O_APPEND), 0), "fcntl_like(3, CMD_SET, O_RDONLY|O_APPEND) = 0");
	TEXT(line_of("fcntl_like", ARGS(3, 9, 5), 1), "fcntl_like(3, 9, 5) = 1");
	TEXT(line_of("fcntl_like", ARGS(3, 1, 5), 0), "fcntl_like(3, CMD_GET) = O_RDONLY");
	poke32(MEMORY, 6);
	TEXT(line_of("fcntl_like", ARGS(3, 3, MEMORY), 0), "fcntl_like(3, CMD_READ, {6}) = 0");
}

static void switches_nest(void **state)
{
	(void)state;
	poke32(MEMORY, 6);
	TEXT(entry_of("nested_like", ARGS(1, 7, MEMORY)), "nested_like(LEVEL_ONE, OPT_INT, {6}) = ");
	TEXT(entry_of("nested_like", ARGS(1, 8, MEMORY)), "nested_like(LEVEL_ONE, 8, &0x10000) = ");
	TEXT(entry_of("nested_like", ARGS(0xffffffff, 7, MEMORY)), "nested_like(LEVEL_NEGATIVE, 7, &0x10000) = ");
}

static void a_switch_can_be_on_a_later_parameter(void **state)
{
	(void)state;
	TEXT(entry_of("late_key", ARGS(10, 2)), "late_key(10, 2) = ");
	TEXT(entry_of("late_key", ARGS(10, 3)), "late_key(0xa, 3) = ");
}

static void poke_pollfd(uint64_t addr, int fd, uint16_t events, uint16_t revents)
{
	poke32(addr, (uint32_t)fd);
	poke(addr + 4, &events, 2);
	poke(addr + 6, &revents, 2);
}

static void what_a_call_changed_prints_again_after_the_result(void **state)
{
	(void)state;
	poke_pollfd(MEMORY, 5, 1, 0);
	TEXT(entry_of("poll_like", ARGS(MEMORY, 1, 100)), "poll_like([{fd=5, events=0x1}], 1, 100) = ");
	poke_pollfd(MEMORY, 5, 1, 0x11);
	TEXT(exit_of("poll_like", ARGS(MEMORY, 1, 100), 1), "1 [{fd=5, revents=0x11}]");
	TEXT(failed_exit_of("poll_like", ARGS(MEMORY, 1, 100), EINTR), "-1 [EINTR]");
	TEXT(exit_of("poll_like", ARGS(0, 0, 100), 0), "0");
}

static void one_changed_value_needs_no_name(void **state)
{
	(void)state;
	poke64(MEMORY, 512);
	TEXT(line_of("offset_like", ARGS(3, MEMORY), 512), "offset_like(3, {512}) = 512 {512}");
	text_opt.names = true;
	TEXT(line_of("offset_like", ARGS(3, MEMORY), 512), "offset_like(fd=3, offset={512}) = 512 {512}");
	decode_opt.addresses = true;
	TEXT(exit_of("offset_like", ARGS(3, MEMORY), 512), "512");
}

static void what_the_exit_half_showed_is_not_shown_again(void **state)
{
	(void)state;
	poke32(MEMORY, 1);
	poke32(MEMORY + 4, 2);
	poke32(MEMORY + 8, 3);
	TEXT(line_of("around_like", ARGS(MEMORY, MEMORY + 4, MEMORY + 8), 0), "around_like({1}, {2}, {3}) = 0 {1}");
}

static void several_changed_values_have_names(void **state)
{
	(void)state;
	poke64(MEMORY, 1 << 3);
	poke64(MEMORY + 8, 5);
	TEXT(exit_of("select_like", ARGS(4, MEMORY, 0, MEMORY + 8), 1), "1 (inp=[3], t={5, 0})");
	TEXT(exit_of("select_like", ARGS(4, MEMORY, 0, 0), 1), "1 [3]");
}

static void outputs_inside_an_input_struct_follow_the_result(void **state)
{
	struct {
		uint64_t flags, pidfd, parent;
		int last, given;
	} s = {1, MEMORY + 0x100, MEMORY + 0x200, 9, 10};

	(void)state;
	poke(MEMORY, &s, sizeof(s));
	poke32(MEMORY + 0x100, 5);
	poke32(MEMORY + 0x200, 1234);
	TEXT(line_of("clone_like", ARGS(MEMORY, 32), 1234),
	     "clone_like({flags=0x1, last=9}, 32) = 1234 (pidfd=5, parent=1234)");
	TEXT(exit_of("clone_like", ARGS(MEMORY, 16), 1234), "1234 (pidfd=5)");
	TEXT(exit_of("clone_like", ARGS(MEMORY, 32), 0), "0");
	TEXT(failed_exit_of("clone_like", ARGS(MEMORY, 32), EPERM), "-1 [EPERM]");
	s.flags = 0;
	s.parent = MEMORY_END;
	poke(MEMORY, &s, sizeof(s));
	TEXT(exit_of("clone_like", ARGS(MEMORY, 32), 1234), "1234 (parent=&0x14000)");
	s.parent = 0;
	poke(MEMORY, &s, sizeof(s));
	TEXT(exit_of("clone_like", ARGS(MEMORY, 32), 1234), "1234");
}

static void outputs_are_found_in_structs_inside_structs(void **state)
{
	struct {
		int a, pad;
		uint64_t result;
	} in = {1, 0, MEMORY + 0x200};

	(void)state;
	poke(MEMORY, &in, sizeof(in));
	poke64(MEMORY + sizeof(in), MEMORY + 0x100);
	poke(MEMORY + 0x100, &in, sizeof(in));
	poke32(MEMORY + 0x200, 77);
	TEXT(line_of("nested_out", ARGS(MEMORY), 0),
	     "nested_out({in_place={a=1}, there={a=1}}) = 0 (result=77, result=77)");
}

static void a_length_behind_a_pointer_is_read_when_it_is_needed(void **state)
{
	(void)state;
	poke32(MEMORY, 1);
	poke32(MEMORY + 4, 2);
	poke32(MEMORY + 0x100, 8);
	TEXT(line_of("accept_like", ARGS(3, MEMORY, MEMORY + 0x100), 4), "accept_like(3, {x=1, y=2}, {8}) = 4");
	poke32(MEMORY + 0x100, 4);
	TEXT(line_of("accept_like", ARGS(3, MEMORY, MEMORY + 0x100), 4), "accept_like(3, {x=1}, {4}) = 4");
	TEXT(line_of("accept_like", ARGS(3, 0, 0), 4), "accept_like(3, NULL, NULL) = 4");
	TEXT(line_of("accept_like", ARGS(3, MEMORY, MEMORY_END), 4), "accept_like(3, &0x10000, &0x14000) = 4");
}

static void a_wait_status_is_shown_behind_its_pointer(void **state)
{
	(void)state;
	poke32(MEMORY, 0x100);
	TEXT(line_of("wait_like", ARGS((uint64_t)-1, MEMORY, 0), 55), "wait_like(-1, {W_EXITED(1)}, 0) = 55");
}

static void an_output_that_is_not_passed_does_not_split(void **state)
{
	(void)state;
	poke32(MEMORY, 6);
	TEXT(entry_of("out_first", ARGS(MEMORY, 1)), "out_first(");
	TEXT(exit_of("out_first", ARGS(MEMORY, 1), 0), "{6}, 1) = 0");
	TEXT(entry_of("out_first", ARGS(MEMORY, 0)), "out_first(0) = ");
	TEXT(exit_of("out_first", ARGS(MEMORY, 0), 0), "0");
	TEXT(line_of("out_after", ARGS(0, MEMORY, 2), 0), "out_after(0, 2) = 0");
	TEXT(line_of("out_after", ARGS(1, MEMORY, 2), 0), "out_after(1, {6}, 2) = 0");
}

static void a_condition_on_the_result_splits_in_both_halves(void **state)
{
	(void)state;
	poke32(MEMORY, 6);
	TEXT(line_of("cond_ret", ARGS(MEMORY, 1), 1), "cond_ret({6}, 1) = 1");
	TEXT(line_of("cond_ret", ARGS(MEMORY, 1), 0), "cond_ret(1) = 0");
}

static void a_second_value_comes_with_the_result(void **state)
{
	(void)state;
	also_value = 5277;
	TEXT(line_of("getppid_like", ARGS(0), 5278), "getppid_like() = 5278 (ppid=5277)");
	TEXT(failed_line_of("getppid_like", ARGS(0), EPERM), "getppid_like() = -1 [EPERM]");
	also_value = -1;
	TEXT(line_of("getppid_like", ARGS(0), 5278), "getppid_like() = 5278");
}

static void a_netlink_socket_is_known_by_its_protocol(void **state)
{
	(void)state;
	text_opt.names = true;
	TEXT(entry_of("takes_netlink", ARGS(NETLINK_FD + 1, 5)), "takes_netlink(fd=101, as_one=0x5) = ");
	TEXT(entry_of("takes_netlink", ARGS(NETLINK_FD, 5)), "takes_netlink(fd=100, as_other=0x5) = ");
	TEXT(entry_of("takes_netlink", ARGS(1, 5)), "takes_netlink(fd=1, as_other=0x5) = ");
}

static void an_output_is_shown_when_the_call_wrote_it(void **state)
{
	(void)state;
	poke64(MEMORY, 1);
	poke64(MEMORY + 24, 5);
	TEXT(failed_line_of("sleep_like", ARGS(MEMORY, MEMORY + 16), EINTR), "sleep_like({1, 0}, {0, 5}) = -1 [EINTR]");
	TEXT(failed_line_of("sleep_like", ARGS(MEMORY, MEMORY + 16), EINVAL),
	     "sleep_like({1, 0}, &0x10010) = -1 [EINVAL]");
	TEXT(line_of("sleep_like", ARGS(MEMORY, MEMORY + 16), 0), "sleep_like({1, 0}, &0x10010) = 0");
	poke32(MEMORY, 0x100);
	TEXT(line_of("waiter_like", ARGS(7, MEMORY), 7), "waiter_like(7, {W_EXITED(1)}) = 7");
	TEXT(line_of("waiter_like", ARGS(7, MEMORY), 0), "waiter_like(7, &0x10000) = 0");
	TEXT(failed_line_of("waiter_like", ARGS(7, MEMORY), EINTR), "waiter_like(7, &0x10000) = -1 [EINTR]");
}

static void what_a_failed_call_changed_prints_after_the_error(void **state)
{
	(void)state;
	poke32(MEMORY, 1);
	poke32(MEMORY + 8, 3);
	TEXT(entry_of("handle_like", ARGS(MEMORY, 9)), "handle_like({n=1, type=0, bytes=[3]}, 9) = ");
	TEXT(exit_of("handle_like", ARGS(MEMORY, 9), 0), "0 {n=1, type=0, bytes=[3]}");
	poke32(MEMORY, 2);
	TEXT(failed_exit_of("handle_like", ARGS(MEMORY, 9), EINVAL), "-1 [EINVAL] {n=2, type=0, bytes=[3, 0]}");
	TEXT(failed_exit_of("handle_like", ARGS(MEMORY, 9), EPERM), "-1 [EPERM]");
}

static void an_unknown_outcome_has_written_nothing(void **state)
{
	struct call_record rec = record_of("sleep_like", ARGS(MEMORY, MEMORY));
	struct text_sink sink;

	(void)state;
	rec.ret_unknown = true;
	text_sink_init(&sink, &text_opt);
	decode_exit(&rec, &test_target, &decode_opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "&0x10000) = <fault>");
	text_sink_free(&sink);
}

static void an_expression_can_look_behind_a_pointer(void **state)
{
	(void)state;
	poke32(MEMORY, 2);
	poke64(MEMORY + 8, 0);
	poke32(MEMORY + 16, 7);
	poke32(MEMORY + 32, 5);
	poke32(MEMORY + 36, 6);
	TEXT(entry_of("takes_pointed", ARGS(MEMORY, MEMORY + 32)), "takes_pointed({n=2, next=NULL, b=7}, [5, 6]) = ");
	TEXT(entry_of("takes_pointed", ARGS(0, MEMORY + 32)), "takes_pointed(NULL, &0x10020) = ");
	TEXT(entry_of("takes_pointed", ARGS(MEMORY_END, MEMORY + 32)), "takes_pointed(&0x14000, &0x10020) = ");
	poke64(MEMORY + 8, MEMORY + 64);
	TEXT(entry_of("takes_pointed", ARGS(MEMORY, 0)), "takes_pointed({n=2, next={next=NULL, first=0}, ..}, NULL) = ");
	poke32(MEMORY + 72, 16);
	TEXT(entry_of("takes_pointed", ARGS(MEMORY, 0)),
	     "takes_pointed({n=2, next={next=NULL, first=16}, b=7}, NULL) = ");
}

static void a_length_is_known_as_it_was_at_the_entry(void **state)
{
	struct call_record rec = record_of("name_like", ARGS(MEMORY, MEMORY + 64));
	struct text_sink sink;

	(void)state;
	poke_text(MEMORY, "hello");
	poke32(MEMORY + 64, 3);
	decode_keep(&rec, &test_target);
	poke32(MEMORY + 64, 5);		/* what there is, more than there was room for */
	text_sink_init(&sink, &text_opt);
	decode_exit(&rec, &test_target, &decode_opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "\"hel\", {5}) = 0");
	text_sink_free(&sink);
	TEXT(exit_of("name_like", ARGS(MEMORY, MEMORY + 64), 0), "\"hello\", {5}) = 0");
}

static void a_field_is_known_as_it_was_at_the_entry(void **state)
{
	struct call_record rec = record_of("names_like", ARGS(MEMORY));
	struct text_sink sink;

	(void)state;
	poke_text(MEMORY + 64, "hello");
	poke32(MEMORY, 1);
	poke32(MEMORY + 4, 3);
	poke64(MEMORY + 8, MEMORY + 64);
	decode_keep(&rec, &test_target);
	poke32(MEMORY + 4, 5);
	text_sink_init(&sink, &text_opt);
	decode_exit(&rec, &test_target, &decode_opt, &sink.sink);
	TEXT(strbuf_str(&sink.text), "{first=1, len=5, name=\"hel\"}) = 0");
	text_sink_free(&sink);
	TEXT(exit_of("names_like", ARGS(MEMORY), 0), "{first=1, len=5, name=\"hello\"}) = 0");
}

static void a_failed_call_can_have_written_where_a_field_points(void **state)
{
	(void)state;
	poke64(MEMORY + 8, MEMORY + 64);
	poke_text(MEMORY + 64, "because");
	TEXT(line_of("asks_like", ARGS(MEMORY), 0), "asks_like({why=0}) = 0 (log=\"because\")");
	TEXT(failed_line_of("asks_like", ARGS(MEMORY), EINVAL), "asks_like({why=0}) = -1 [EINVAL]");
	poke32(MEMORY, 1);
	TEXT(failed_line_of("asks_like", ARGS(MEMORY), EINVAL), "asks_like({why=1}) = -1 [EINVAL] (log=\"because\")");
}

static void a_length_can_be_another_one_after_the_call(void **state)
{
	(void)state;
	poke32(MEMORY, 7);
	poke32(MEMORY + 4, 8);
	poke32(MEMORY + 8, 9);
	TEXT(line_of("partly_like", ARGS(MEMORY, 3), 2), "partly_like([7, 8, 9], 3) = 2 [7, 8]");
	TEXT(failed_line_of("partly_like", ARGS(MEMORY, 3), EINVAL), "partly_like([7, 8, 9], 3) = -1 [EINVAL]");
}

static bool late(uint64_t name, uint64_t look)
{
	struct call_record rec = record_of("looks_like", ARGS(name, 0, look));

	return decode_late(&rec);
}

static void what_a_call_may_overwrite_is_read_before(void **state)
{
	struct call_record other = record_of("read_like", ARGS(0)), unknown = record_of(NULL, ARGS(0));

	(void)state;
	assert_true(late(MEMORY, MEMORY + 4096));
	assert_false(late(MEMORY, MEMORY + 4095));
	assert_false(late(MEMORY, MEMORY));
	assert_false(late(MEMORY + 15, MEMORY));
	assert_true(late(MEMORY + 16, MEMORY));
	assert_true(late(MEMORY, 0));
	assert_false(late(UINT64_MAX, 10));
	assert_false(decode_late(&other));
	assert_false(decode_late(&unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(inputs_print_at_entry_and_the_result_at_exit),
		TEST(the_entry_stops_at_the_first_output),
		TEST(names_are_shown_when_all_are_wanted),
		TEST(outputs_of_a_failed_call_are_pointers),
		TEST(an_error_without_a_name_prints_its_number),
		TEST(an_unknown_result_is_a_fault),
		TEST(calls_that_do_not_return_print_a_result_only_when_they_fail),
		TEST(unknown_calls_print_six_words),
		TEST(results_print_by_their_type),
		TEST(parameters_that_are_not_passed_are_not_shown),
		TEST(a_switch_chooses_the_rest_of_a_call),
		TEST(switches_nest),
		TEST(a_switch_can_be_on_a_later_parameter),
		TEST(what_a_call_changed_prints_again_after_the_result),
		TEST(one_changed_value_needs_no_name),
		TEST(what_the_exit_half_showed_is_not_shown_again),
		TEST(several_changed_values_have_names),
		TEST(outputs_inside_an_input_struct_follow_the_result),
		TEST(outputs_are_found_in_structs_inside_structs),
		TEST(a_length_behind_a_pointer_is_read_when_it_is_needed),
		TEST(a_wait_status_is_shown_behind_its_pointer),
		TEST(an_output_that_is_not_passed_does_not_split),
		TEST(a_condition_on_the_result_splits_in_both_halves),
		TEST(a_second_value_comes_with_the_result),
		TEST(a_netlink_socket_is_known_by_its_protocol),
		TEST(an_output_is_shown_when_the_call_wrote_it),
		TEST(what_a_failed_call_changed_prints_after_the_error),
		TEST(an_unknown_outcome_has_written_nothing),
		TEST(an_expression_can_look_behind_a_pointer),
		TEST(a_length_is_known_as_it_was_at_the_entry),
		TEST(a_field_is_known_as_it_was_at_the_entry),
		TEST(a_failed_call_can_have_written_where_a_field_points),
		TEST(a_length_can_be_another_one_after_the_call),
		TEST(what_a_call_may_overwrite_is_read_before),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
