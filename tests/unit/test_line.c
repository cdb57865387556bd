/* The line discipline of trace: what is on which line, with which prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trace/line.h"

struct fixture {
	struct line line;
	struct line_owner a, b;
	char out[8192];
	size_t len;
};

static void collect(void *ctx, const char *bytes, size_t n)
{
	struct fixture *f = ctx;

	assert_true(n < sizeof(f->out) - f->len);
	memcpy(f->out + f->len, bytes, n);
	f->len += n;
	f->out[f->len] = '\0';
}

static size_t noon(void *ctx, char buf[LINE_STAMP])
{
	(void)ctx;
	memcpy(buf, "12:00:00 ", 9);
	return 9;
}

static void start(struct fixture *f, size_t tracees)
{
	struct line_out out = {.ctx = f, .write = collect};

	memset(f, 0, sizeof(*f));
	f->a.pid = 25812;
	f->b.pid = 7;
	line_init(&f->line, &out);
	line_tracees(&f->line, tracees);
}

#define expect(f, text) assert_string_equal((f)->out, text)

static void a_call_is_one_line(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1);
	line_call(&f.line, &f.a, "read(3, ");
	expect(&f, "read(3,");
	line_append(&f.line, &f.a, "\"x\", 1) = 1");
	line_finish(&f.line, &f.a);
	expect(&f, "read(3, \"x\", 1) = 1\n");
	assert_false(f.a.open);
}

static void a_blank_at_the_end_is_written_only_before_more(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1);
	line_call(&f.line, &f.a, "close(3) = ");
	expect(&f, "close(3) =");
	line_append(&f.line, &f.a, "0 ");
	line_finish(&f.line, &f.a);
	line_status(&f.line, &f.a, "a status ");
	expect(&f, "close(3) = 0\na status\n");
}

static void another_line_suspends_a_call_in_its_result(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "write(1, \"test\\n\", 5) = ");
	line_call(&f.line, &f.b, "setuid(0) = ");
	line_append(&f.line, &f.b, "0");
	line_finish(&f.line, &f.b);
	line_append(&f.line, &f.a, "5");
	line_finish(&f.line, &f.a);
	expect(&f, "25812| write(1, \"test\\n\", 5) = <..>\n"
		   "    7| setuid(0) = 0\n"
		   "25812|*write(1, \"test\\n\", 5) = 5\n");
}

static void another_line_suspends_a_call_in_its_parameters(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "read(3, ");
	line_call(&f.line, &f.b, "pipe2(");
	line_append(&f.line, &f.a, "\"\", 1) = 0");
	line_finish(&f.line, &f.a);
	line_append(&f.line, &f.b, "[3, 4], 0) = 0");
	line_finish(&f.line, &f.b);
	expect(&f, "25812| read(3, <..>\n"
		   "    7| pipe2(<..>\n"
		   "25812|*read(3, \"\", 1) = 0\n"
		   "    7|*pipe2([3, 4], 0) = 0\n");
}

static void a_call_without_a_result_is_suspended_after_a_blank(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "exit(0)");
	line_status(&f.line, &f.b, "Process detached");
	line_finish(&f.line, &f.a);
	expect(&f, "25812| exit(0) <..>\n"
		   "    7| Process detached\n"
		   "25812|*exit(0)\n");
}

static void nothing_is_repeated_on_its_own_line(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "exit(0)");
	line_finish(&f.line, &f.a);
	expect(&f, "25812| exit(0)\n");
}

static void the_line_after_the_count_falls_to_one_has_a_quote(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_status(&f.line, &f.b, "Process exited normally with code 1");
	line_tracees(&f.line, 1);
	line_status(&f.line, &f.a, "one");
	line_status(&f.line, &f.a, "two");
	expect(&f, "    7| Process exited normally with code 1\n25812' one\ntwo\n");
}

static void a_resumed_call_with_a_quote_keeps_its_star(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "wait4(-1, ");
	line_status(&f.line, &f.b, "gone");
	line_tracees(&f.line, 1);
	line_append(&f.line, &f.a, "NULL) = 7");
	line_finish(&f.line, &f.a);
	expect(&f, "25812| wait4(-1, <..>\n    7| gone\n25812'*wait4(-1, NULL) = 7\n");
}

static void a_line_under_way_keeps_its_prefix_when_the_count_falls(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "getpid() = ");
	line_tracees(&f.line, 1);
	line_append(&f.line, &f.a, "5");
	line_finish(&f.line, &f.a);
	line_status(&f.line, &f.a, "next");
	expect(&f, "25812| getpid() = 5\n25812' next\n");
}

static void the_line_after_an_info_line_carries_the_pid(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1);
	line_call(&f.line, &f.a, "read(0, ");
	line_info(&f.line, "Tracing cat (pid 25812), in a read call");
	line_append(&f.line, &f.a, "\"\", 1) = 0");
	line_finish(&f.line, &f.a);
	line_status(&f.line, &f.a, "next");
	expect(&f, "read(0, <..>\n"
		   " INFO| Tracing cat (pid 25812), in a read call\n"
		   "25812'*read(0, \"\", 1) = 0\n"
		   "next\n");
}

static void every_line_begins_with_the_time(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	f.line.out.stamp = noon;
	line_call(&f.line, &f.a, "pause() = ");
	line_info(&f.line, "info");
	line_signal(&f.line, &f.b, "SIGHUP");
	line_append(&f.line, &f.a, "-1 [EINTR]");
	line_finish(&f.line, &f.a);
	expect(&f, "12:00:00 25812| pause() = <..>\n"
		   "12:00:00  INFO| info\n"
		   "12:00:00     7| ** SIGHUP **\n"
		   "12:00:00 25812|*pause() = -1 [EINTR]\n");
}

static void a_signal_in_a_call_is_at_its_split(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1);
	line_call(&f.line, &f.a, "read(3, ");
	line_signal(&f.line, &f.a, "SIGUSR1");
	expect(&f, "read(3, ** SIGUSR1 **");
	line_append(&f.line, &f.a, "&0x7ffe, 4096) = -1 [EINTR]");
	line_finish(&f.line, &f.a);
	expect(&f, "read(3, ** SIGUSR1 ** &0x7ffe, 4096) = -1 [EINTR]\n");
}

static void a_signal_resumes_a_suspended_call(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "read(3, ");
	line_status(&f.line, &f.b, "x");
	line_signal(&f.line, &f.a, "SIGUSR1");
	line_cut(&f.line, &f.a);
	line_status(&f.line, &f.a, "---");
	expect(&f, "25812| read(3, <..>\n    7| x\n25812|*read(3, ** SIGUSR1 ** <..>\n25812| ---\n");
}

static void a_repeated_record_has_no_signals(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "read(3, ");
	line_signal(&f.line, &f.a, "SIGCONT");
	line_status(&f.line, &f.b, "x");
	line_append(&f.line, &f.a, "\"\", 1) = 0");
	line_finish(&f.line, &f.a);
	expect(&f, "25812| read(3, ** SIGCONT ** <..>\n    7| x\n25812|*read(3, \"\", 1) = 0\n");
}

static void signals_outside_a_call_share_a_line(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_signal(&f.line, &f.a, "SIGUSR1");
	line_signal(&f.line, &f.a, "SIGUSR2");
	line_signal(&f.line, &f.b, "SIGHUP");
	line_call(&f.line, &f.b, "pause() = ");
	expect(&f, "25812| ** SIGUSR1 ** ** SIGUSR2 **\n    7| ** SIGHUP **\n    7| pause() =");
}

static void a_cut_call_is_not_resumed(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "pause() = ");
	line_cut(&f.line, &f.a);
	line_cut(&f.line, &f.a);
	line_status(&f.line, &f.a, "gone");
	expect(&f, "25812| pause() = <..>\n25812| gone\n");
}

static void a_suspended_call_is_cut_without_a_word(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, "pause() = ");
	line_status(&f.line, &f.b, "x");
	line_cut(&f.line, &f.a);
	line_status(&f.line, &f.a, "gone");
	expect(&f, "25812| pause() = <..>\n    7| x\n25812| gone\n");
}

/* NAME( and then so many characters in all, ending as given. */
static const char *entry_of(size_t len, const char *end)
{
	static char text[512];

	memset(text, 'x', sizeof(text));
	memcpy(text, "write(", 6);
	strcpy(text + len - strlen(end), end);
	return text;
}

static void expect_resumed(size_t len, const char *end, const char *resumed)
{
	struct fixture f;

	start(&f, 2);
	line_call(&f.line, &f.a, entry_of(len, end));
	line_status(&f.line, &f.b, "-");
	f.len = 0;
	line_append(&f.line, &f.a, "more");
	line_finish(&f.line, &f.a);
	expect(&f, resumed);
}

static void a_long_record_is_replaced(void **state)
{
	(void)state;
	expect_resumed(300, ", ", "25812|*write(<..>, more\n");
	expect_resumed(300, ") = ", "25812|*write(<..>) = more\n");
	expect_resumed(300, ")", "25812|*write(<..>)more\n");
	expect_resumed(300, "[", "25812|*write(<..>, more\n");
}

static void a_record_of_254_characters_is_repeated(void **state)
{
	struct fixture f;
	char expected[400];

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, entry_of(255, " = "));	/* the last blank does not count */
	line_status(&f.line, &f.b, "-");
	f.len = 0;
	line_finish(&f.line, &f.a);
	strcpy(expected, "25812|*");
	strncat(expected, entry_of(255, " = "), 254);
	strcat(expected, "\n");
	expect(&f, expected);
	expect_resumed(256, ") = ", "25812|*write(<..>) = more\n");
}

/* An entry half of that many characters, each of them between two marks, before " = ". */
static const char *marked_entry(size_t n)
{
	static char text[2048];
	size_t len = 0;

	len += (size_t)sprintf(text, "\002write\001(");
	for (size_t i = 0; i < n - 10; i++)
		len += (size_t)sprintf(text + len, "\003x\001");
	sprintf(text + len, ") = ");
	return text;
}

static void marks_take_no_room_in_a_record(void **state)
{
	struct fixture f;
	char expected[2048 + 16];

	(void)state;
	start(&f, 2);
	line_call(&f.line, &f.a, marked_entry(255));	/* the last blank does not count */
	line_status(&f.line, &f.b, "-");
	f.len = 0;
	line_finish(&f.line, &f.a);
	snprintf(expected, sizeof(expected), "25812|*%s", marked_entry(255));
	strcpy(expected + strlen(expected) - 1, "\n");
	expect(&f, expected);

	line_call(&f.line, &f.a, marked_entry(256));
	line_status(&f.line, &f.b, "-");
	f.len = 0;
	line_append(&f.line, &f.a, "5");
	line_finish(&f.line, &f.a);
	expect(&f, "25812|*\002write\001(<..>) = 5\n");
}

static void a_long_entry_is_written_whole(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 1);
	line_call(&f.line, &f.a, entry_of(400, ")"));
	line_finish(&f.line, &f.a);
	assert_int_equal(f.len, 401);
}

static void an_owner_that_goes_leaves_no_open_line(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 2);
	line_signal(&f.line, &f.a, "SIGKILL");
	line_forget(&f.line, &f.a);
	line_call(&f.line, &f.b, "pause() = ");
	line_forget(&f.line, &f.b);
	expect(&f, "25812| ** SIGKILL **\n    7| pause() = <..>\n");
	assert_null(f.line.owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_one_line),
		cmocka_unit_test(a_blank_at_the_end_is_written_only_before_more),
		cmocka_unit_test(another_line_suspends_a_call_in_its_result),
		cmocka_unit_test(another_line_suspends_a_call_in_its_parameters),
		cmocka_unit_test(a_call_without_a_result_is_suspended_after_a_blank),
		cmocka_unit_test(nothing_is_repeated_on_its_own_line),
		cmocka_unit_test(the_line_after_the_count_falls_to_one_has_a_quote),
		cmocka_unit_test(a_resumed_call_with_a_quote_keeps_its_star),
		cmocka_unit_test(a_line_under_way_keeps_its_prefix_when_the_count_falls),
		cmocka_unit_test(the_line_after_an_info_line_carries_the_pid),
		cmocka_unit_test(every_line_begins_with_the_time),
		cmocka_unit_test(a_signal_in_a_call_is_at_its_split),
		cmocka_unit_test(a_signal_resumes_a_suspended_call),
		cmocka_unit_test(a_repeated_record_has_no_signals),
		cmocka_unit_test(signals_outside_a_call_share_a_line),
		cmocka_unit_test(a_cut_call_is_not_resumed),
		cmocka_unit_test(a_suspended_call_is_cut_without_a_word),
		cmocka_unit_test(a_long_record_is_replaced),
		cmocka_unit_test(a_record_of_254_characters_is_repeated),
		cmocka_unit_test(marks_take_no_room_in_a_record),
		cmocka_unit_test(a_long_entry_is_written_whole),
		cmocka_unit_test(an_owner_that_goes_leaves_no_open_line),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
