/* What is shown, and how: filters, signals by name, columns, JSON. */
#include "killsnoop_data.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "killsnoop/columns.h"
#include "killsnoop/filter.h"
#include "killsnoop/json.h"
#include "killsnoop/options.h"
#include "killsnoop/signals.h"

static struct options with(const char *arguments)
{
	char *argv[16] = { "killsnoop" }, text[256];
	struct options o;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", arguments);
	for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
		argv[argc++] = strdup(p);
	optind = 0;
	enum parsed parsed = options_parse(&o, argc, argv);
	while (argc > 1)
		free(argv[--argc]);
	if (parsed == PARSED_ERROR)
		o.only = NULL;
	return o;
}

static struct row row_of(const char *call, int pid, const char *comm, int to, int sig, int64_t ret)
{
	struct row row = {
		.ts = 1234567890123, .call = decode_find_name(call), .pid = pid, .tid = pid, .comm = comm,
		.to = to, .sig = sig, .ret = ret,
	};

	row.arg[0] = (uint32_t)to;
	row.arg[1] = (uint32_t)sig;
	return row;
}

static struct row kernel_row(int pid, int target, int sig)
{
	return (struct row){
		.ts = 1, .pid = pid, .tid = pid, .comm = pid ? "x" : NULL, .sig = sig, .target = target, .target_pid = target,
		.ntargets = 1,
	};
}

static void check_line(const char *arguments, struct row row, const char *expected)
{
	struct options o = with(arguments);
	struct strbuf out = { 0 };

	if (o.json)
		json_row(&row, &out);
	else
		columns_row(&o, &row, &out);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_free(&out);
	options_free(&o);
}

static void check_shown(const char *arguments, struct row row, bool shown)
{
	struct options o = with(arguments);

	assert_int_equal(filter_row(&o, &row), shown);
	options_free(&o);
}

static void check_header(const char *arguments, const char *expected)
{
	struct options o = with(arguments);
	struct strbuf out = { 0 };

	columns_header(&o, &out);
	assert_string_equal(strbuf_str(&out), expected);
	strbuf_free(&out);
}

static void the_columns_have_the_widths_of_the_original(void **state)
{
	(void)state;
	check_header("-s", "COMM             PID    TPID     SIGNAL     RETURN\n");
	check_header("-t", "TIMEs            COMM             PID    TPID     SIGNAL     RETURN\n");
	check_header("-a", "COMM             PID    TPID     SIGNAL     CALL               RETURN\n");
	check_header("-k", "COMM             PID    TPID     SIGNAL     CALL               RETURN\n");
	check_header("-V", "COMM             PID    CALL\n");
	check_line("", row_of("kill", 4711, "bash", 1, 15, 0), "bash             4711   1        15         0\n");
	check_line("-t", row_of("kill", 4711, "bash", -1, 0, 0),
		   "1234.567890      bash             4711   -1       0          0\n");
	check_line("-a", row_of("tgkill", 4711, "bash", 1, 15, 0),
		   "bash             4711   1        15         tgkill             0\n");
	check_line("", row_of("kill", 12345678, "fifteen bytes..", 123456789, 64, 0),
		   "fifteen bytes..  12345678 123456789 64         0\n");
}

static void failures_have_names(void **state)
{
	(void)state;
	check_line("-s", row_of("kill", 1, "a", 2, 15, -ESRCH), "a                1      2        SIGTERM    -1 [ESRCH]\n");
	check_line("", row_of("kill", 1, "a", 2, 15, -EPERM), "a                1      2        15         -1 [EPERM]\n");
	check_line("", row_of("kill", 1, "a", 2, 15, -4000), "a                1      2        15         -1 [4000]\n");
	check_line("", row_of("kill", 1, "a", 2, 15, INT64_MIN),	/* no error that the kernel knows */
		   "a                1      2        15         -9223372036854775808\n");
}

static void a_name_cannot_steer_the_terminal(void **state)
{
	(void)state;
	check_line("", row_of("kill", 1, "a b\\", 2, 15, 0), "a b\\\\            1      2        15         0\n");
	check_line("", row_of("kill", 1, "\x1b[2J\n", 2, 15, 0), "\\x1b[2J\\x0a      1      2        15         0\n");
	check_line("", row_of("kill", 1, "\xc3\xa9t\xc3\xa9", 2, 15, 0),
		   "\\xc3\\xa9t\\xc3    1      2        15         0\n");	/* cut, but not within \xa9 */
}

static void a_target_in_another_namespace_is_shown_as_the_kernel_numbers_it(void **state)
{
	struct row row = row_of("kill", 1, "a", 7, 15, 0);
	int target;
	(void)state;

	assert_true(row_target(&row, &target));
	assert_int_equal(target, 7);
	row.ntargets = 1;
	row.target = row.target_pid = 4711;
	assert_true(row_target(&row, &target));
	assert_int_equal(target, 4711);
	row.target = 7;		/* a thread of process 4711 was named */
	assert_true(row_target(&row, &target));
	assert_int_equal(target, 7);
	row.to = -7;
	assert_true(row_target(&row, &target));
	assert_int_equal(target, -7);

	row = row_of("pidfd_send_signal", 1, "a", 3, 0, 0);
	row.to_is_fd = true;
	assert_false(row_target(&row, &target));
	check_line("-a", row, "a                1      fd:3     0          pidfd_send_signal  0\n");
	row.ntargets = 1;
	row.target = row.target_pid = 4711;
	check_line("-a", row, "a                1      4711     0          pidfd_send_signal  0\n");
}

static void a_signal_that_no_call_sent_has_dashes(void **state)
{
	(void)state;
	check_line("-ks", kernel_row(5, 6, SIGSEGV), "x                5      6        SIGSEGV    -                  -\n");
	check_line("-k", kernel_row(0, 6, SIGALRM), "-                -      6        14         -                  -\n");
	check_line("-kV", kernel_row(5, 6, SIGSEGV), "x                5      ** SIGSEGV ** 6\n");
}

static void a_sender_that_is_not_known_is_not_made_up(void **state)
{
	struct row row = row_of("kill", 5, NULL, 6, 15, 0);
	(void)state;

	row.pid = 0;
	check_line("", row, "?                tid:5  6        15         0\n");
	check_line("-V", row, "?                tid:5  kill(pid=6, sig=SIGTERM) = 0\n");
	check_line("-j", row,
		   "{\"type\":\"syscall\",\"time\":1234.567890123,\"pid\":null,\"tid\":5,\"comm\":null,"
		   "\"name\":\"kill\",\"args\":{\"pid\":6,\"sig\":{\"name\":\"SIGTERM\",\"value\":15}},\"result\":0,"
		   "\"signal\":{\"name\":\"SIGTERM\",\"value\":15},\"target\":6}\n");
	check_shown("-n .*", row, false);
	check_shown("-p 5", row, false);
	check_shown("", row, true);
	row.comm = "name";	/* that much may be known */
	check_line("", row, "name             tid:5  6        15         0\n");
	row.to = 0;		/* and it is in no group of ours */
	char own[32];
	snprintf(own, sizeof(own), "-T -%d", (int)getpgrp());
	check_shown(own, row, false);
}

static void a_call_in_full_is_that_of_trace(void **state)
{
	(void)state;
	check_line("-V", row_of("kill", 1, "a", 4711, 15, -EPERM), "a                1      "
		   "kill(pid=4711, sig=SIGTERM) = -1 [EPERM]\n");
	check_line("-V", row_of("kill", 1, "a", -5, 0, 0), "a                1      kill(pid=-5, sig=0) = 0\n");
}

static void json_has_the_same_values(void **state)
{
	(void)state;
	check_line("-j", row_of("kill", 1, "a\"\n", 2, 15, -ESRCH),
		   "{\"type\":\"syscall\",\"time\":1234.567890123,\"pid\":1,\"tid\":1,\"comm\":\"a\\\"\\u000a\","
		   "\"name\":\"kill\",\"args\":{\"pid\":2,\"sig\":{\"name\":\"SIGTERM\",\"value\":15}},"
		   "\"result\":-1,\"errno\":{\"name\":\"ESRCH\",\"value\":3},"
		   "\"signal\":{\"name\":\"SIGTERM\",\"value\":15},\"target\":2}\n");
	check_line("-j", row_of("kill", 1, "\xff", 0, 0, 0),
		   "{\"type\":\"syscall\",\"time\":1234.567890123,\"pid\":1,\"tid\":1,\"comm\":{\"bytes\":\"ff\"},"
		   "\"name\":\"kill\",\"args\":{\"pid\":0,\"sig\":0},\"result\":0,\"signal\":0,\"target\":0}\n");
	check_line("-jk", kernel_row(0, 6, SIGALRM),
		   "{\"type\":\"signal\",\"time\":0.000000001,\"pid\":null,\"tid\":null,\"comm\":null,"
		   "\"target\":6,\"target_tid\":6,\"signal\":{\"name\":\"SIGALRM\",\"value\":14},\"code\":0,"
		   "\"outcome\":\"delivered\"}\n");
}

static void every_signal_has_a_name_that_is_understood(void **state)
{
	char name[SIGNAL_NAME_SIZE];
	(void)state;

	for (int sig = 1; sig < SIGNALS; sig++) {
		bool set[SIGNALS] = { false };
		signals_name(sig, name);
		if (sig != 32 && sig != 33)	/* the C library's own */
			assert_memory_equal(name, "SIG", 3);
		assert_null(signals_parse(name, set));
		for (int i = 0; i < SIGNALS; i++)
			assert_int_equal(set[i], i == sig);
	}
}

static void check_name(int sig, const char *expected)
{
	char name[SIGNAL_NAME_SIZE];

	signals_name(sig, name);
	assert_string_equal(name, expected);
}

static void signals_are_named(void **state)
{
	(void)state;
	check_name(0, "0");
	check_name(1, "SIGHUP");
	check_name(31, "SIGSYS");
	check_name(32, "SIG32");
	check_name(33, "SIG33");
	check_name(34, "SIGRTMIN");
	check_name(37, "SIGRTMIN+3");
	check_name(64, "SIGRTMIN+30");
	check_name(65, "65");
	check_name(-1, "-1");
	check_name(INT32_MAX, "2147483647");
}

static void lists_of_signals_are_parsed(void **state)
{
	bool set[SIGNALS] = { false };
	char list[] = "9,TERM,SIGINT,RTMIN+1,RTMAX-2,0,SIG32";
	static const char *const wrong[] = { "", "65", "-1", "TERMX", "RTMIN-1", "RTMIN+31", "RTMAX+1", "RTMIN+",
					     "SIGSIGTERM", "9x", "9,", "SIG", "SIG9", "term ", " 9" };
	int n = 0;
	(void)state;

	assert_null(signals_parse(list, set));
	for (int i = 0; i < SIGNALS; i++)
		n += set[i];
	assert_int_equal(n, 7);
	assert_true(set[9] && set[15] && set[2] && set[35] && set[62] && set[0] && set[32]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[32];
		snprintf(text, sizeof(text), "%s", wrong[i]);
		assert_non_null(signals_parse(text, set));
	}
}

static void rows_are_filtered(void **state)
{
	struct row row = row_of("kill", 100, "some bash", 200, 15, 0);
	struct row tkill = row_of("tkill", 100, "x", 200, 15, 0);
	(void)state;

	check_shown("", row, true);
	check_shown("", tkill, false);
	check_shown("-a", tkill, true);
	check_shown("-k", tkill, false);
	check_shown("-x", row, false);
	check_shown("-x", row_of("kill", 1, "a", 2, 3, -EPERM), true);
	check_shown("-p 100", row, true);
	check_shown("-p 200", row, false);
	check_shown("-S TERM,9", row, true);
	check_shown("-S 9", row, false);
	check_shown("-S 9", row_of("kill", 1, "a", 2, 100000, 0), false);
	check_shown("-n ba.h", row, true);
	check_shown("-n ^bash", row, false);
	check_shown("-n (zsh|bash)$", row, true);
	check_shown("-p 100 -S 9", row, false);
	check_shown("-k", kernel_row(1, 2, SIGSEGV), true);
	check_shown("-a", kernel_row(1, 2, SIGSEGV), false);
	check_shown("-k", kernel_row(1, 2, SIGCHLD), false);
	check_shown("-k -S CHLD", kernel_row(1, 2, SIGCHLD), true);
	check_shown("-k -x", kernel_row(1, 2, SIGSEGV), false);
	check_shown("-k -n .*", kernel_row(0, 2, SIGALRM), false);
}

static void targets_are_matched_exactly(void **state)
{
	struct row row = row_of("kill", 100, "x", 200, 15, 0), group = row_of("kill", 100, "x", 0, 15, 0);
	struct row fd = row_of("pidfd_send_signal", 100, "x", 200, 15, 0);
	char own[32];
	(void)state;

	check_shown("-T 200", row, true);
	check_shown("-T 20", row, false);
	check_shown("-T 300", row, false);
	check_shown("-T -200", row, false);
	check_shown("-T -200", row_of("kill", 1, "x", -200, 15, 0), true);
	check_shown("-T 200", row_of("kill", 1, "x", -200, 15, 0), false);
	check_shown("-T 200", group, false);
	group.wanted = true;	/* one of the group was process 200 */
	check_shown("-T 200", group, true);
	fd.to_is_fd = true;
	check_shown("-a -T 200", fd, false);
	fd.wanted = true;
	check_shown("-a -T 200", fd, true);
	group.pid = getpid();
	snprintf(own, sizeof(own), "-T -%d", (int)getpgrp());
	check_shown(own, group, true);
	check_shown("-T -999999", group, false);
}

static void check_text(const char *arguments, const char *call, const char *field, const char *expected)
{
	struct options o = with(arguments);
	struct strbuf text = { 0 };

	filter_text(&o, decode_find_name(call), field, &text);
	assert_string_equal(strbuf_str(&text), expected);
	strbuf_free(&text);
}

static void the_kernel_leaves_out_only_what_cannot_match(void **state)
{
	(void)state;
	check_text("", "kill", "pid", "");
	check_text("-T 5", "kill", "pid", "pid == 5 || pid == 0 || pid > 2147483647");
	check_text("-T -5", "kill", "pid", "pid == 0 || pid > 2147483647");
	check_text("-T 5", "tgkill", "tgid", "tgid == 5 || tgid == 0 || tgid > 2147483647");
	check_text("-T 5", "tkill", "pid", "");			/* a thread */
	check_text("-T 5", "pidfd_send_signal", "pidfd", "");	/* a descriptor */
	check_text("-T 5", "kill", NULL, "");
	check_text("-a -T 5", "kill", "pid", "");	/* what the sender calls 7 may be 5 */
	check_text("-k -T 5", "kill", "pid", "");
}

static void check_signal_text(const char *arguments, const char *expected)
{
	struct options o = with(arguments);
	struct strbuf text = { 0 };

	filter_signal_text(&o, &text);
	assert_string_equal(strbuf_str(&text), expected);
	strbuf_free(&text);
}

static void a_signal_of_an_interrupt_is_of_no_process(void **state)
{
	(void)state;
	check_signal_text("-k", "");
	check_signal_text("-k -p 5", "!(common_flags & 24)");
}

static void check_bad(const char *arguments)
{
	assert_null(with(arguments).only);
}

static void bad_command_lines_are_refused(void **state)
{
	(void)state;
	check_bad("-q");
	check_bad("operand");
	check_bad("-p 0");
	check_bad("-p x");
	check_bad("-p 99999999999");
	check_bad("-T 0");
	check_bad("-S NOSUCH");
	check_bad("-n (");
	check_bad("-d 0");
	check_bad("-d -1");
	check_bad("-d inf");
	check_bad("-d 0x10");
	check_bad("-d 1e400");
	check_bad("-b 0");
	check_bad("-b 1k");
	check_bad("-p");
}

static void durations_have_fractions(void **state)
{
	(void)state;
	assert_int_equal(with("-d 0.25").duration, 250000000);
	assert_int_equal(with("--duration=2").duration, 2000000000);
	assert_int_equal(with("-d .5").duration, 500000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_columns_have_the_widths_of_the_original),
		cmocka_unit_test(failures_have_names),
		cmocka_unit_test(a_name_cannot_steer_the_terminal),
		cmocka_unit_test(a_target_in_another_namespace_is_shown_as_the_kernel_numbers_it),
		cmocka_unit_test(a_signal_that_no_call_sent_has_dashes),
		cmocka_unit_test(a_sender_that_is_not_known_is_not_made_up),
		cmocka_unit_test(a_call_in_full_is_that_of_trace),
		cmocka_unit_test(json_has_the_same_values),
		cmocka_unit_test(every_signal_has_a_name_that_is_understood),
		cmocka_unit_test(signals_are_named),
		cmocka_unit_test(lists_of_signals_are_parsed),
		cmocka_unit_test(rows_are_filtered),
		cmocka_unit_test(targets_are_matched_exactly),
		cmocka_unit_test(the_kernel_leaves_out_only_what_cannot_match),
		cmocka_unit_test(a_signal_of_an_interrupt_is_of_no_process),
		cmocka_unit_test(bad_command_lines_are_refused),
		cmocka_unit_test(durations_have_fractions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
