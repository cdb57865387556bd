/* The JSON sink: what the decoder finds, as JSON. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "decode/sink_json.h"
#include "names.h"

static char kept[0x80000];

static struct json_sink start(void)
{
	struct json_sink j;

	decode_opt.all_fields = true;
	json_sink_init(&j);
	return j;
}

static const char *done(struct json_sink *j)
{
	assert_false(j->text.lost);
	snprintf(kept, sizeof(kept), "%s", strbuf_str(&j->text));
	json_sink_free(j);
	return kept;
}

/*
 * The members of a call that returned.  The halves are written by different
 * sinks, as when calls of many threads come in between: the second knows of
 * the first only its text.
 */
static const char *members(struct call_record *rec, int64_t ret, int err)
{
	struct json_sink entry = start(), exit = start();

	decode_entry(rec, &test_target, &decode_opt, &entry.sink);
	strbuf_puts(&exit.text, done(&entry));
	rec->ret = ret;
	rec->err = err;
	decode_exit(rec, &test_target, &decode_opt, &exit.sink);
	json_sink_end(&exit);
	return done(&exit);
}

static const char *members_of(const char *call, const struct args *args, int64_t ret)
{
	struct call_record rec = record_of(call, args);

	return members(&rec, ret, 0);
}

static const char *failed_members_of(const char *call, const struct args *args, int err)
{
	struct call_record rec = record_of(call, args);

	return members(&rec, 0, err);
}

/* The args of the entry half, closed. */
static const char *args_of(const char *call, const struct args *args)
{
	struct call_record rec = record_of(call, args);
	struct json_sink j = start();

	decode_entry(&rec, &test_target, &decode_opt, &j.sink);
	strbuf_puts(&j.text, "}");
	return strchr(done(&j), '{');
}

static void a_call_has_name_args_and_result(void **state)
{
	(void)state;
	poke_text(MEMORY, "abc");
	TEXT(members_of("write_like", ARGS(1, MEMORY, 3), 3),
	     "\"name\":\"write_like\",\"args\":{\"fd\":1,\"buf\":\"abc\",\"count\":3},\"result\":3");
	TEXT(failed_members_of("write_like", ARGS(1, MEMORY, 3), EINTR),
	     "\"name\":\"write_like\",\"args\":{\"fd\":1,\"buf\":\"abc\",\"count\":3},\"result\":-1,"
	     "\"errno\":{\"name\":\"EINTR\",\"value\":4}");
	TEXT(failed_members_of("write_like", ARGS(1, 0, 3), 200),
	     "\"name\":\"write_like\",\"args\":{\"fd\":1,\"buf\":null,\"count\":3},\"result\":-1,\"errno\":200");
}

static void a_call_that_splits_is_joined(void **state)
{
	(void)state;
	poke_text(MEMORY, "abc");
	TEXT(members_of("read_like", ARGS(1, MEMORY, 100), 3),
	     "\"name\":\"read_like\",\"args\":{\"fd\":1,\"buf\":\"abc\",\"count\":100},\"result\":3");
	TEXT(failed_members_of("read_like", ARGS(1, MEMORY, 100), EFAULT),
	     "\"name\":\"read_like\",\"args\":{\"fd\":1,\"buf\":\"0x10000\",\"count\":100},\"result\":-1,"
	     "\"errno\":{\"name\":\"EFAULT\",\"value\":14}");
	TEXT(members_of("out_first", ARGS(MEMORY, 7), 0),
	     "\"name\":\"out_first\",\"args\":{\"p\":6513249,\"a\":7},\"result\":0");
}

static void the_entry_half_can_be_closed_anywhere(void **state)
{
	(void)state;
	TEXT(args_of("read_like", ARGS(1, MEMORY, 100)), "{\"fd\":1}");
	TEXT(args_of("out_first", ARGS(MEMORY, 7)), "{}");
	TEXT(args_of("exit_like", ARGS(3)), "{\"status\":3}");
	TEXT(args_of("getppid_like", ARGS(0)), "{}");
}

static void an_unknown_call_has_its_registers(void **state)
{
	(void)state;
	TEXT(members_of(NULL, ARGS(1, 2, 3, 4, 5, UINT64_MAX), -5),
	     "\"name\":\"syscall_999\",\"args\":{\"arg0\":1,\"arg1\":2,\"arg2\":3,\"arg3\":4,\"arg4\":5,"
	     "\"arg5\":18446744073709551615},\"result\":-5");
}

static void a_result_that_nobody_knows_is_marked(void **state)
{
	struct call_record rec = record_of("getppid_like", ARGS(0));

	(void)state;
	rec.ret_unknown = true;
	TEXT(members(&rec, 0, 0), "\"name\":\"getppid_like\",\"args\":{},\"result\":{\"unknown\":true}");
}

static void a_call_that_should_not_return_can_fail(void **state)
{
	(void)state;
	TEXT(failed_members_of("takes_argv", ARGS(0, 0, 0), ENOENT),
	     "\"name\":\"takes_argv\",\"args\":{\"p\":null,\"argv\":null,\"envp\":null},\"result\":-1,"
	     "\"errno\":{\"name\":\"ENOENT\",\"value\":2}");
}

static void numbers_are_exact(void **state)
{
	(void)state;
	TEXT(args_of("numbers", ARGS((uint64_t)-1, 0xffffffff, (uint64_t)-5, 0xabc, 0755, 0x1000)),
	     "{\"a\":-1,\"b\":4294967295,\"c\":-5,\"d\":2748,\"e\":493,\"f\":\"0x1000\"}");
	TEXT(args_of("more_numbers",
		     ARGS(INT64_MIN, UINT64_MAX, (UINT64_C(1) << 53) + 1, (uint64_t)-2, INT64_MAX, UINT64_MAX)),
	     "{\"a\":-9223372036854775808,\"b\":18446744073709551615,\"c\":9007199254740993,\"d\":-2,"
	     "\"e\":9223372036854775807,\"f\":18446744073709551615}");
	TEXT(args_of("devices", ARGS(0x500, 0x12345678)),
	     "{\"a\":{\"major\":5,\"minor\":0},\"b\":{\"major\":1110,\"minor\":74616}}");
}

static void a_single_character_is_a_string(void **state)
{
	uint8_t small[64] = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(small); i++)
		small[i] = 0xff;
	poke(MEMORY, small, sizeof(small));
	const char *args = args_of("small_numbers", ARGS(MEMORY));
	assert_non_null(strstr(args, "\"h\":255,\"i\":65535,\"j\":18446744073709551615,\"k\":65535,"));
	assert_non_null(strstr(args, "\"n\":{\"bytes\":\"ff\"},\"o\":{\"bytes\":\"ff\"}"));
	memset(small, 'A', sizeof(small));
	poke(MEMORY, small, sizeof(small));
	assert_non_null(strstr(args_of("small_numbers", ARGS(MEMORY)), "\"n\":\"A\",\"o\":\"A\""));
}

static void names_come_with_their_values(void **state)
{
	(void)state;
	TEXT(args_of("takes_dir", ARGS((uint64_t)-100)), "{\"dfd\":{\"name\":\"AT_FDCWD\",\"value\":-100}}");
	TEXT(args_of("takes_dir", ARGS(5)), "{\"dfd\":5}");
	TEXT(args_of("takes_handler", ARGS(1)), "{\"h\":{\"name\":\"HANDLE_IGNORE\",\"value\":1}}");
	TEXT(args_of("takes_handler", ARGS(0x4000)), "{\"h\":\"0x4000\"}");
	TEXT(args_of("takes_signal", ARGS(35)), "{\"sig\":{\"name\":\"SIGRTMIN+1\",\"value\":35}}");
	TEXT(args_of("takes_ioctl", ARGS(0x40086622)), "{\"cmd\":{\"name\":\"_IOW('f',34,8)\",\"value\":1074292258}}");
	TEXT(args_of("takes_ioctl", ARGS(0x40082222)),
	     "{\"cmd\":{\"name\":\"_IOW('\\\"',34,8)\",\"value\":1074274850}}");
}

static void flags_have_names_value_and_rest(void **state)
{
	(void)state;
	TEXT(args_of("takes_open", ARGS(O_APPEND | O_CREAT | O_RDWR | 0x800000)),
	     "{\"flags\":{\"names\":[\"O_RDWR\",\"O_CREAT\",\"O_APPEND\"],\"value\":8389698,\"rest\":8388608}}");
	TEXT(args_of("takes_high", ARGS(0)), "{\"high\":{\"names\":[],\"value\":0,\"rest\":0}}");
	TEXT(args_of("takes_high", ARGS(0x80000001)),
	     "{\"high\":{\"names\":[\"HIGH_BIT\",\"LOW_BIT\"],\"value\":2147483649,\"rest\":0}}");
	TEXT(args_of("takes_mode", ARGS(0100755)),
	     "{\"mode\":{\"names\":[\"S_IFREG\"],\"value\":33261,\"rest\":493}}");
	TEXT(args_of("takes_prot", ARGS(0)), "{\"prot\":{\"names\":[\"PROT_NONE\"],\"value\":0,\"rest\":0}}");
}

static const char *string(const char *bytes, size_t n)
{
	poke(MEMORY, bytes, n);
	const char *args = args_of("write_like", ARGS(0, MEMORY, n));
	const char *buf = strstr(args, "\"buf\":");
	assert_non_null(buf);
	*strstr(buf, ",\"count\"") = '\0';
	return buf + strlen("\"buf\":");
}

#define STRING(bytes) string(bytes, sizeof(bytes) - 1)

static void strings_cannot_break_the_json(void **state)
{
	(void)state;
	TEXT(STRING(""), "\"\"");
	TEXT(STRING("say \"\\\""), "\"say \\\"\\\\\\\"\"");
	TEXT(STRING("a\0b\n\x1b[2J\x7f"), "\"a\\u0000b\\u000a\\u001b[2J\\u007f\"");
	TEXT(STRING("/ok/"), "\"/ok/\"");
}

static void valid_utf8_is_a_string(void **state)
{
	(void)state;
	TEXT(STRING("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"),
	     "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7\"");
	TEXT(STRING("\xc2\xa0"), "\"\xc2\xa0\"");
	TEXT(STRING("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
}

static void controls_in_utf8_cannot_steer_a_terminal(void **state)
{
	(void)state;
	TEXT(STRING("\xc2\x9b" "31m\xc2\x80"), "\"\\u009b31m\\u0080\"");
}

static void what_is_not_utf8_is_bytes(void **state)
{
	(void)state;
	TEXT(STRING("a\xff"), "{\"bytes\":\"61ff\"}");
	TEXT(STRING("\xc0\x80"), "{\"bytes\":\"c080\"}");	/* not the shortest form */
	TEXT(STRING("\xe0\x80\x80"), "{\"bytes\":\"e08080\"}");
	TEXT(STRING("\xed\xa0\x80"), "{\"bytes\":\"eda080\"}");	/* half of a surrogate pair */
	TEXT(STRING("\xf4\x90\x80\x80"), "{\"bytes\":\"f4908080\"}");	/* beyond U+10FFFF */
	TEXT(STRING("\xf5\x80\x80\x80"), "{\"bytes\":\"f5808080\"}");
	TEXT(STRING("a\xe2\x82"), "{\"bytes\":\"61e282\"}");	/* whole, and ends in the middle of a character */
	TEXT(STRING("\x80"), "{\"bytes\":\"80\"}");
	TEXT(STRING("\xe2\x28\xa1"), "{\"bytes\":\"e228a1\"}");
}

static void cut_strings_are_marked(void **state)
{
	(void)state;
	decode_opt.string_limit = 3;
	TEXT(STRING("abcd"), "{\"string\":\"abc\",\"truncated\":true}");
	TEXT(STRING("abc"), "\"abc\"");
	TEXT(STRING("a\xff" "cd"), "{\"bytes\":\"61ff63\",\"truncated\":true}");
	decode_opt.string_limit = 0;
	TEXT(STRING("abcd"), "{\"string\":\"\",\"truncated\":true}");
}

static void a_cut_string_ends_with_a_whole_character(void **state)
{
	(void)state;
	decode_opt.string_limit = 4;
	TEXT(STRING("a\xe2\x82\xac\xe2\x82\xac"), "{\"string\":\"a\xe2\x82\xac\",\"truncated\":true}");
	TEXT(STRING("ab\xe2\x82\xac"), "{\"string\":\"ab\",\"truncated\":true}");
	decode_opt.string_limit = 2;
	TEXT(STRING("\xe2\x82\xac"), "{\"bytes\":\"e282\",\"truncated\":true}");
}

static void strings_that_end_in_unreadable_memory_are_marked(void **state)
{
	(void)state;
	poke(MEMORY_END - 3, "abc", 3);
	TEXT(args_of("takes_string", ARGS(MEMORY_END - 3)),
	     "{\"s\":{\"string\":\"abc\",\"truncated\":true,\"fault\":true}}");
	poke(MEMORY_END - 3, "ab\xff", 3);
	TEXT(args_of("takes_string", ARGS(MEMORY_END - 3)),
	     "{\"s\":{\"bytes\":\"6162ff\",\"truncated\":true,\"fault\":true}}");
}

static void opaque_bytes_stay_bytes(void **state)
{
	(void)state;
	poke(MEMORY, "abc", 3);
	TEXT(args_of("takes_hex", ARGS(MEMORY, 3)), "{\"data\":{\"bytes\":\"616263\"},\"n\":3}");
}

static void unreadable_memory_is_told_from_addresses(void **state)
{
	(void)state;
	TEXT(args_of("takes_string", ARGS(MEMORY_END)), "{\"s\":{\"fault\":\"0x14000\"}}");
	TEXT(args_of("takes_struct", ARGS(MEMORY_END)), "{\"p\":{\"fault\":\"0x14000\"}}");
	TEXT(args_of("takes_numbers", ARGS(MEMORY_END, 2)), "{\"list\":{\"fault\":\"0x14000\"},\"n\":2}");
	TEXT(args_of("mmap_like", ARGS(MEMORY_END)), "{\"addr\":\"0x14000\"}");
	TEXT(args_of("takes_string", ARGS(0)), "{\"s\":null}");
	TEXT(args_of("takes_sigset", ARGS(MEMORY, 1000)), "{\"set\":\"0x10000\",\"n\":1000}");
	decode_opt.addresses = true;
	TEXT(args_of("takes_struct", ARGS(MEMORY_END)), "{\"p\":\"0x14000\"}");
}

static void structs_show_all_their_fields(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		poke32(MEMORY + 4 * i, 5 + i);
	TEXT(args_of("takes_struct", ARGS(MEMORY)), "{\"p\":{\"a\":5,\"b\":6,\"c\":7,\"d\":8}}");
	poke64(MEMORY, 1);
	poke64(MEMORY + 8, 500000000);
	TEXT(args_of("takes_time", ARGS(MEMORY)), "{\"t\":{\"tv_sec\":1,\"tv_nsec\":500000000}}");
	TEXT(args_of("takes_bits", ARGS(0x5f800001)),
	     "{\"bits\":{\"low\":1,\"next\":-2048,\"op\":{\"name\":\"PACKED_LAST\",\"value\":15},\"top\":5}}");
}

static void a_struct_that_ends_in_unreadable_memory_is_marked(void **state)
{
	(void)state;
	poke32(MEMORY_END - 8, 5);
	poke32(MEMORY_END - 4, 6);
	TEXT(args_of("takes_struct", ARGS(MEMORY_END - 8)), "{\"p\":{\"a\":5,\"b\":6,\"more\":\"fault\"}}");
}

static void pointers_are_what_they_point_to(void **state)
{
	(void)state;
	poke64(MEMORY, MEMORY + 8);
	poke32(MEMORY + 8, 7);
	TEXT(args_of("takes_pointers", ARGS(MEMORY, MEMORY + 8)), "{\"pp\":7,\"p\":7}");
	poke64(MEMORY, 0);
	TEXT(args_of("takes_pointers", ARGS(MEMORY, MEMORY_END)), "{\"pp\":null,\"p\":{\"fault\":\"0x14000\"}}");
	poke64(MEMORY, MEMORY + 8);
	poke64(MEMORY + 16, MEMORY + 32);
	poke64(MEMORY + 24, 0);
	TEXT(args_of("takes_pairs", ARGS(MEMORY + 16, 2)), "{\"list\":[{\"x\":0,\"y\":0},null],\"n\":2}");
}

static void arrays_say_what_they_leave_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++)
		poke32(MEMORY + 4 * i, i);
	TEXT(args_of("takes_numbers", ARGS(MEMORY, 0)), "{\"list\":[],\"n\":0}");
	TEXT(args_of("takes_numbers", ARGS(MEMORY, 3)), "{\"list\":[0,1,2],\"n\":3}");
	TEXT(args_of("takes_numbers", ARGS(MEMORY, 6)), "{\"list\":[0,1,2,3,{\"more\":2}],\"n\":6}");
	TEXT(args_of("takes_limited", ARGS(MEMORY, 3)), "{\"list\":[{\"more\":3}],\"n\":3}");
	TEXT(args_of("takes_numbers", ARGS(MEMORY_END - 4, 3)), "{\"list\":[0,{\"more\":\"fault\"}],\"n\":3}");
	decode_opt.verbose = 2;
	TEXT(args_of("takes_numbers", ARGS(MEMORY, 6)), "{\"list\":[0,1,2,3,4,5],\"n\":6}");
}

static void deep_nesting_ends(void **state)
{
	(void)state;
	poke64(MEMORY + 8, MEMORY);	/* next is itself */
	const char *args = args_of("takes_loop", ARGS(MEMORY));
	assert_non_null(strstr(args, "{\"id\":0,\"next\":{\"id\":0,\"next\":{"));
	assert_non_null(strstr(args, "\"next\":{\"more\":\"limit\"},\"other\":null}"));
}

static void sets_are_arrays(void **state)
{
	(void)state;
	poke64(MEMORY, 1 << 9 | 1 << 11);
	TEXT(args_of("takes_sigset", ARGS(MEMORY, 8)),
	     "{\"set\":[{\"name\":\"USR1\",\"value\":10},{\"name\":\"USR2\",\"value\":12}],\"n\":8}");
	poke64(MEMORY, ~UINT64_C(1));
	TEXT(args_of("takes_sigset", ARGS(MEMORY, 8)), "{\"set\":{\"not\":[{\"name\":\"HUP\",\"value\":1}]},\"n\":8}");
	poke64(MEMORY, UINT64_MAX);
	TEXT(args_of("takes_sigset", ARGS(MEMORY, 8)), "{\"set\":{\"not\":[]},\"n\":8}");
	poke64(MEMORY_END - 8, 5);
	TEXT(args_of("takes_fdset", ARGS(MEMORY_END - 8, 1024)), "{\"set\":[0,2,{\"more\":\"fault\"}],\"n\":1024}");
	poke64(MEMORY, 0x8f);
	TEXT(args_of("takes_cpuset", ARGS(MEMORY, 8)), "{\"set\":[\"0-3\",7],\"n\":8}");
}

static void a_wait_status_is_a_name_with_args(void **state)
{
	(void)state;
	TEXT(args_of("takes_status", ARGS(0x300)), "{\"s\":{\"name\":\"W_EXITED\",\"args\":[3]}}");
	TEXT(args_of("takes_status", ARGS(9)),
	     "{\"s\":{\"name\":\"W_SIGNALED\",\"args\":[{\"name\":\"SIGKILL\",\"value\":9}]}}");
	TEXT(args_of("takes_status", ARGS(0x8b)),
	     "{\"s\":{\"parts\":[{\"name\":\"W_SIGNALED\",\"args\":[{\"name\":\"SIGSEGV\",\"value\":11}]},"
	     "\"WCOREDUMP\"]}}");
	TEXT(args_of("takes_status", ARGS(0xffff)), "{\"s\":\"W_CONTINUED\"}");
}

static void addresses_of_the_network_are_strings(void **state)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	(void)state;
	poke(MEMORY, loopback6, sizeof(loopback6));
	TEXT(args_of("takes_address", ARGS(0x0100007f, MEMORY)), "{\"a\":\"127.0.0.1\",\"n\":{\"six\":\"::1\"}}");
}

static void what_a_call_wrote_is_under_out(void **state)
{
	(void)state;
	poke64(MEMORY, 5);
	TEXT(members_of("offset_like", ARGS(3, MEMORY), 0),
	     "\"name\":\"offset_like\",\"args\":{\"fd\":3,\"offset\":5},\"result\":0,\"out\":{\"offset\":5}");
	poke64(MEMORY + 8, 2);
	TEXT(members_of("select_like", ARGS(8, MEMORY, MEMORY + 8, 0), 1),
	     "\"name\":\"select_like\",\"args\":{\"n\":8,\"inp\":[0,2],\"outp\":[1],\"t\":null},\"result\":1,"
	     "\"out\":{\"inp\":[0,2],\"outp\":[1]}");
	TEXT(failed_members_of("offset_like", ARGS(3, MEMORY), EINVAL),
	     "\"name\":\"offset_like\",\"args\":{\"fd\":3,\"offset\":5},\"result\":-1,"
	     "\"errno\":{\"name\":\"EINVAL\",\"value\":22}");
}

static void a_second_result_is_under_out(void **state)
{
	(void)state;
	also_value = 77;
	TEXT(members_of("getppid_like", ARGS(0), 5),
	     "\"name\":\"getppid_like\",\"args\":{},\"result\":5,\"out\":{\"ppid\":77}");
}

static void a_value_alone_has_its_name(void **state)
{
	struct json_sink j = start();

	(void)state;
	strbuf_puts(&j.text, "{\"type\":\"signal\"");
	decode_value(TYPE_signal, 10, "signal", NULL, &decode_opt, &j.sink);
	decode_value(TYPE_signal, 0, "none", NULL, &decode_opt, &j.sink);
	TEXT(done(&j), "{\"type\":\"signal\",\"signal\":{\"name\":\"SIGUSR1\",\"value\":10},\"none\":0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_has_name_args_and_result),
		TEST(a_call_that_splits_is_joined),
		TEST(the_entry_half_can_be_closed_anywhere),
		TEST(an_unknown_call_has_its_registers),
		TEST(a_result_that_nobody_knows_is_marked),
		TEST(a_call_that_should_not_return_can_fail),
		TEST(numbers_are_exact),
		TEST(a_single_character_is_a_string),
		TEST(names_come_with_their_values),
		TEST(flags_have_names_value_and_rest),
		TEST(strings_cannot_break_the_json),
		TEST(valid_utf8_is_a_string),
		TEST(controls_in_utf8_cannot_steer_a_terminal),
		TEST(what_is_not_utf8_is_bytes),
		TEST(cut_strings_are_marked),
		TEST(a_cut_string_ends_with_a_whole_character),
		TEST(strings_that_end_in_unreadable_memory_are_marked),
		TEST(opaque_bytes_stay_bytes),
		TEST(unreadable_memory_is_told_from_addresses),
		TEST(structs_show_all_their_fields),
		TEST(a_struct_that_ends_in_unreadable_memory_is_marked),
		TEST(pointers_are_what_they_point_to),
		TEST(arrays_say_what_they_leave_out),
		TEST(deep_nesting_ends),
		TEST(sets_are_arrays),
		TEST(a_wait_status_is_a_name_with_args),
		TEST(addresses_of_the_network_are_strings),
		TEST(what_a_call_wrote_is_under_out),
		TEST(a_second_result_is_under_out),
		TEST(a_value_alone_has_its_name),
	};

	return cmocka_run_group_tests_name("sink_json", tests, NULL, NULL);
}
