/* What trace shows: the expressions of -e, and the program that the kernel gets for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "decode/decode.h"
#include "names.h"
#include "trace/bpf.h"
#include "trace/filter.h"
#include "trace/kernel.h"
#include "trace/summary.h"

static void add(struct filter *f, const char *expr)
{
	struct strbuf error = {0};

	if (!filter_add(f, expr, &error))
		fail_msg("%s: %s", expr, strbuf_str(&error));
	strbuf_free(&error);
}

static bool shows(const struct filter *f, const char *name)
{
	const struct call *call = decode_find_name(name);

	assert_non_null(call);
	return filter_call(f, call);
}

/* The message for a wrong expression, to be freed. */
static void refused(const char *expr, const char *message)
{
	struct filter f = {0};
	struct strbuf error = {0};

	assert_false(filter_add(&f, expr, &error));
	assert_string_equal(strbuf_str(&error), message);
	strbuf_free(&error);
	filter_free(&f);
}

static void without_a_filter_everything_is_shown(void **state)
{
	struct filter f = {0};

	(void)state;
	assert_true(shows(&f, "openat"));
	assert_true(filter_call(&f, NULL));
	for (int sig = 1; sig < FILTER_SIGNALS; sig++)
		assert_true(filter_signal(&f, sig));
	for (int e = 0; e < ENDINGS; e++)
		assert_true(filter_ending(&f, (enum ending)e));
	assert_false(filter_needs_ending(&f));
	assert_false(filter_needs_match(&f));
}

static void names_are_shown_and_nothing_else(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "openat,read");
	assert_true(shows(&f, "openat"));
	assert_true(shows(&f, "read"));
	assert_false(shows(&f, "write"));
	assert_false(filter_call(&f, NULL));
	assert_true(filter_signal(&f, 15));
	filter_free(&f);
}

static void a_list_may_take_away(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "!futex,!read");
	assert_false(shows(&f, "futex"));
	assert_false(shows(&f, "read"));
	assert_true(shows(&f, "write"));
	assert_true(filter_call(&f, NULL));
	filter_free(&f);
}

static void strace_has_shorter_names(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "t=openat,%net");
	add(&f, "s=TERM");
	add(&f, "signals=int");
	add(&f, "fds=3");
	assert_true(shows(&f, "openat"));
	assert_true(shows(&f, "connect"));
	assert_false(shows(&f, "read"));
	assert_true(filter_signal(&f, 15));
	assert_true(filter_signal(&f, 2));
	assert_false(filter_signal(&f, 1));
	assert_true(filter_needs_match(&f));
	filter_free(&f);
}

static void items_count_from_left_to_right(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "trace=%file,!stat,!/^open,openat");
	assert_true(shows(&f, "unlink"));
	assert_false(shows(&f, "stat"));
	assert_false(shows(&f, "open"));
	assert_true(shows(&f, "openat"));
	assert_false(shows(&f, "getpid"));
	filter_free(&f);
}

static void lists_go_on_with_each_other(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "openat");
	add(&f, "read");
	add(&f, "signal=none");
	add(&f, "!openat");
	assert_false(shows(&f, "openat"));
	assert_true(shows(&f, "read"));
	assert_false(shows(&f, "write"));
	assert_false(filter_signal(&f, 1));
	filter_free(&f);
}

static void classes_are_those_of_the_table(void **state)
{
	static const struct {
		const char *expr;
		unsigned bit;
	} classes[] = {
#define CLASS(name) {"%" #name, FILTER_##name},
		TABLE_FILTERS(CLASS)
#undef CLASS
	};

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct filter f = {0};
		bool any = false;

		add(&f, classes[i].expr);
		for (uint32_t c = 0; c < table_ncalls; c++) {
			assert_int_equal(filter_call(&f, &table_calls[c]), table_calls[c].classes >> classes[i].bit & 1);
			any |= filter_call(&f, &table_calls[c]);
		}
		assert_true(any);
		filter_free(&f);
	}
}

static void patterns_match_names(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "/^(read|write)v?$");
	assert_true(shows(&f, "readv"));
	assert_true(shows(&f, "write"));
	assert_false(shows(&f, "pwritev"));
	filter_free(&f);
}

static void all_and_none(void **state)
{
	struct filter f = {0}, g = {0};

	(void)state;
	add(&f, "none");
	assert_false(shows(&f, "read"));
	assert_false(filter_call(&f, NULL));
	add(&g, "all,!read");
	assert_false(shows(&g, "read"));
	assert_true(shows(&g, "write"));
	assert_true(filter_call(&g, NULL));
	filter_free(&f);
	filter_free(&g);
}

static void a_call_that_is_not_there_may_be_asked_for(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "?frobnicate,read,?/^frob,?%frob");
	assert_true(shows(&f, "read"));
	assert_false(shows(&f, "write"));
	filter_free(&f);
	add(&f, "?frobnicate");
	assert_false(shows(&f, "read"));
	filter_free(&f);
	add(&f, "!?frobnicate");
	assert_true(shows(&f, "read"));
	filter_free(&f);
}

static void signals_have_names_and_numbers(void **state)
{
	struct filter f = {0}, g = {0};

	(void)state;
	add(&f, "signal=TERM,SIGUSR1,1,SIGRTMIN+3");
	assert_true(filter_signal(&f, 15));
	assert_true(filter_signal(&f, 10));
	assert_true(filter_signal(&f, 1));
	assert_true(filter_signal(&f, 34 + 3));
	assert_false(filter_signal(&f, 17));
	assert_true(shows(&f, "read"));
	add(&g, "signal=!CHLD");
	assert_false(filter_signal(&g, 17));
	assert_true(filter_signal(&g, 15));
	filter_free(&f);
	filter_free(&g);
}

static void endings(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "status=failed,unfinished");
	assert_true(filter_needs_ending(&f));
	assert_true(filter_ending(&f, ENDING_FAILED));
	assert_true(filter_ending(&f, ENDING_UNFINISHED));
	assert_false(filter_ending(&f, ENDING_SUCCESSFUL));
	assert_false(filter_ending(&f, ENDING_DETACHED));
	filter_free(&f);
}

static void descriptors_and_paths(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "fd=3,10");
	assert_true(filter_add_path(&f, "/etc/passwd"));
	assert_true(filter_needs_match(&f));
	assert_int_equal(f.nfds, 2);
	assert_int_equal(f.fds[1], 10);
	assert_int_equal(f.npaths, 1);
	filter_free(&f);
}

static void mistakes_are_told_with_what_was_meant(void **state)
{
	(void)state;
	refused("opnat", "unknown system call 'opnat'; did you mean 'openat'?");
	refused("raed", "unknown system call 'raed'; did you mean 'read'?");
	refused("qqqqqqqqqq", "unknown system call 'qqqqqqqqqq'");
	refused("read,", "a system call is missing in the list");
	refused("!", "a system call is missing in the list");
	refused("file", "unknown system call 'file'; did you mean '%file'?");
	refused("!network", "unknown system call 'network'; did you mean '%network'?");
	refused("openat,signal=none", "'signal=none' needs a -e of its own");
	refused("openat,sgnl=none", "unknown system call 'sgnl=none'");
	refused("%fil", "unknown class '%fil'; did you mean '%file'?");
	refused("/^frob", "no system call matches '/^frob'");
	refused("signal=TRM", "unknown signal 'TRM'; did you mean 'TERM'?");
	refused("signal=SIGTRM", "unknown signal 'SIGTRM'; did you mean 'SIGTERM'?");
	refused("signal=65", "unknown signal '65'");
	refused("status=fail", "unknown status 'fail'; did you mean 'failed'?");
	refused("fd=x", "bad descriptor 'x'");
	refused("fd=3,!4", "a list of descriptors takes none away: '!4'");
	refused("fd=-1", "bad descriptor '-1'");
	refused("trase=read", "cannot filter by 'trase': there are trace, signal, status and fd; did you mean 'trace'?");
	refused("!futex,read", "'read' is shown already: a list that begins with '!' takes away; did you mean '!read'?");
}

static void a_bad_pattern_is_told(void **state)
{
	struct filter f = {0};
	struct strbuf error = {0};

	(void)state;
	assert_false(filter_add(&f, "/(", &error));
	assert_int_equal(strncmp(strbuf_str(&error), "bad pattern '/(': ", 18), 0);
	strbuf_free(&error);
	filter_free(&f);
}

static void hostile_names_are_only_wrong(void **state)
{
	char name[5000];
	struct filter f = {0};
	struct strbuf error = {0};

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(filter_add(&f, name, &error));
	assert_false(filter_add(&f, "", &error));
	strbuf_free(&error);
	filter_free(&f);
}

/* Runs a program as the kernel would (net/core/filter.c, for the few instructions that are used). */
static uint32_t run(const struct sock_filter *program, size_t n, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &program[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(i->k % 4 == 0 && i->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + i->k, 4);
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("the program runs past its end");
	return 0;
}

static void program_is_right(const char *expr)
{
	static const uint32_t foreign[] = {AUDIT_ARCH_I386, AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64, AUDIT_ARCH_MIPS, 0};
	static const uint32_t odd[] = {1u << 30, (1u << 30) + 1, (1u << 30) + 257, INT32_MAX, 1u << 31, UINT32_MAX};
	struct sock_filter *program = NULL;
	struct seccomp_data data = {.arch = NATIVE_ARCH};
	struct filter f = {0};

	add(&f, expr);
	size_t n = bpf_make(&f, &program);
	assert_in_range(n, 1, BPF_MAXINSNS);
	for (uint32_t nr = 0; nr < table_nrs + 1000; nr++) {
		data.nr = (int)nr;
		assert_int_equal(run(program, n, &data), bpf_stops(&f, nr) ? SECCOMP_RET_TRACE | BPF_MARK : SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		data.nr = (int)odd[i];
		assert_int_equal(run(program, n, &data), SECCOMP_RET_TRACE | BPF_MARK);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		data.arch = foreign[i];
		for (uint32_t nr = 0; nr < table_nrs + 10; nr++) {
			data.nr = (int)nr;
			if (foreign[i] != NATIVE_ARCH)
				assert_int_equal(run(program, n, &data), SECCOMP_RET_TRACE | BPF_MARK);
		}
	}
	free(program);
	filter_free(&f);
}

static void the_program_says_what_the_filter_says(void **state)
{
	(void)state;
	program_is_right("openat");
	program_is_right("!futex");
	program_is_right("%file,%desc,!read");
	program_is_right("/[aeiou]$");
	program_is_right("read");
	program_is_right("none");
	program_is_right("all");
	for (uint32_t c = 0; c < table_ncalls; c++)
		program_is_right(table_name(table_calls[c].name));
}

static void every_shown_call_stops(void **state)
{
	struct filter f = {0};

	(void)state;
	add(&f, "%network");
	for (uint64_t nr = 0; nr < table_nrs; nr++) {
		const struct call *call = decode_find(nr);

		if (!call || filter_call(&f, call) || call->cls == CALL_FORK || call->cls == CALL_EXEC ||
		    call->cls == CALL_RESTART || call->seccomp)
			assert_true(bpf_stops(&f, nr));
		else
			assert_false(bpf_stops(&f, nr));
	}
	filter_free(&f);
}

static void count(struct summary *s, const char *name, uint64_t us, bool failed)
{
	summary_add(s, name ? decode_find_name(name) : NULL, us * 1000, failed);
}

static void a_summary_has_a_line_for_each_call(void **state)
{
	struct summary s;
	struct strbuf b = {0};

	(void)state;
	assert_int_equal(summary_init(&s), 0);
	count(&s, "read", 100, false);
	count(&s, "read", 200, true);
	count(&s, "sched_get_priority_max", 1000, false);
	count(&s, NULL, 700, true);
	summary_print(&s, SUMMARY_TIME, &b);
	assert_string_equal(strbuf_str(&b),
		"% time  seconds      avg      min      max calls errors call\n"
		"------ -------- -------- -------- -------- ----- ------ ----------------------\n"
		" 50.00 0.001000 0.001000 0.001000 0.001000     1        sched_get_priority_max\n"
		" 35.00 0.000700 0.000700 0.000700 0.000700     1      1 (unknown)\n"
		" 15.00 0.000300 0.000150 0.000100 0.000200     2      1 read\n"
		"------ -------- -------- -------- -------- ----- ------ ----------------------\n"
		"100.00 0.002000 0.000500 0.000100 0.001000     4      2 total\n");
	strbuf_free(&b);
	summary_free(&s);
}

static void an_empty_summary(void **state)
{
	struct summary s;
	struct strbuf b = {0};

	(void)state;
	assert_int_equal(summary_init(&s), 0);
	summary_print(&s, SUMMARY_NAME, &b);
	assert_non_null(strstr(strbuf_str(&b), "  0.00 0.000000 0.000000 0.000000 0.000000     0        total\n"));
	strbuf_free(&b);
	summary_free(&s);
}

static void columns_grow_with_what_is_in_them(void **state)
{
	struct summary s;
	struct strbuf b = {0};
	size_t width = 0;

	(void)state;
	assert_int_equal(summary_init(&s), 0);
	count(&s, "read", UINT64_C(123456789012), false);
	count(&s, "write", 1, false);
	summary_print(&s, SUMMARY_TIME, &b);
	for (char *line = strtok(b.s, "\n"); line; line = strtok(NULL, "\n")) {
		size_t column = (size_t)(strrchr(line, ' ') - line);

		assert_true(width == 0 || width == column);
		width = column;
	}
	strbuf_free(&b);
	summary_free(&s);
}

static void a_summary_is_sorted(void **state)
{
	static const struct {
		const char *by, *first, *last;
	} orders[] = {
		{"time", "write", "close"}, {"calls", "read", "write"}, {"errors", "close", "write"},
		{"avg", "write", "close"}, {"min", "write", "close"}, {"max", "write", "close"}, {"name", "close", "write"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		enum summary_sort sort;
		struct summary s;
		struct strbuf b = {0};

		assert_true(summary_sort_named(orders[i].by, &sort));
		assert_int_equal(summary_init(&s), 0);
		count(&s, "write", 100, false);
		for (int n = 0; n < 3; n++)
			count(&s, "read", 20, false);
		count(&s, "close", 1, true);
		count(&s, "close", 1, true);
		summary_print(&s, sort, &b);
		const char *first = strstr(strbuf_str(&b), orders[i].first), *last = strstr(strbuf_str(&b), orders[i].last);
		assert_true(first && last && first < last);
		strbuf_free(&b);
		summary_free(&s);
	}
	enum summary_sort sort;
	assert_false(summary_sort_named("size", &sort));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_filter_everything_is_shown),
		cmocka_unit_test(names_are_shown_and_nothing_else),
		cmocka_unit_test(a_list_may_take_away),
		cmocka_unit_test(strace_has_shorter_names),
		cmocka_unit_test(items_count_from_left_to_right),
		cmocka_unit_test(lists_go_on_with_each_other),
		cmocka_unit_test(classes_are_those_of_the_table),
		cmocka_unit_test(patterns_match_names),
		cmocka_unit_test(all_and_none),
		cmocka_unit_test(a_call_that_is_not_there_may_be_asked_for),
		cmocka_unit_test(signals_have_names_and_numbers),
		cmocka_unit_test(endings),
		cmocka_unit_test(descriptors_and_paths),
		cmocka_unit_test(mistakes_are_told_with_what_was_meant),
		cmocka_unit_test(a_bad_pattern_is_told),
		cmocka_unit_test(hostile_names_are_only_wrong),
		cmocka_unit_test(the_program_says_what_the_filter_says),
		cmocka_unit_test(every_shown_call_stops),
		cmocka_unit_test(a_summary_has_a_line_for_each_call),
		cmocka_unit_test(an_empty_summary),
		cmocka_unit_test(columns_grow_with_what_is_in_them),
		cmocka_unit_test(a_summary_is_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
