/* Pages of the ring buffer and the formats of events, on recordings of a real kernel. */
#include "killsnoop_data.h"

#include <errno.h>

#include "killsnoop/formats.h"
#include "killsnoop/pages.h"

#define PAGE 4096

static const struct {
	enum event_kind kind;
	const char *call, *file;
} recorded[] = {
	{ EVENT_ENTER, "kill", "syscalls.sys_enter_kill.format" },
	{ EVENT_EXIT, "kill", "syscalls.sys_exit_kill.format" },
	{ EVENT_ENTER, "pidfd_send_signal", "syscalls.sys_enter_pidfd_send_signal.format" },
	{ EVENT_NEWTASK, NULL, "task.task_newtask.format" },
	{ EVENT_RENAME, NULL, "task.task_rename.format" },
	{ EVENT_TASK_EXIT, NULL, "sched.sched_process_exit.format" },
	{ EVENT_SIGNAL, NULL, "signal.signal_generate.format" },
};

static int add(struct formats *f, enum event_kind kind, const char *call, const char *text)
{
	return formats_add(f, kind, call ? decode_find_name(call) : NULL, text, strlen(text));
}

static struct formats *recorded_formats(void)
{
	struct formats *f = formats_new();
	size_t len;

	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		char *text = recording(recorded[i].file, &len);
		assert_int_equal(add(f, recorded[i].kind, recorded[i].call, text), 0);
		free(text);
	}
	return f;
}

static struct pages *load(const char *name, int expected)
{
	struct pages *p = pages_new(PAGE);
	size_t len;
	char *data = recording(name, &len);

	assert_non_null(p);
	memcpy(pages_buffer(p), data, len);
	assert_int_equal(pages_load(p, len), expected);
	free(data);
	return p;
}

/* The next event that is in one of the formats. */
static bool next(struct pages *p, const struct formats *f, struct event *ev)
{
	const void *record;
	size_t size;

	while ((record = pages_next(p, &size, &ev->ts)))
		if (formats_decode(f, record, size, ev))
			return true;
	return false;
}

static void a_recorded_page_gives_its_events_in_order(void **state)
{
	struct formats *f = recorded_formats();
	struct pages *p = load("one.page", 0);
	const struct call *kill = decode_find_name("kill");
	struct event ev;
	uint64_t ts = 0;
	(void)state;

	assert_true(next(p, f, &ev));
	assert_int_equal(ev.kind, EVENT_NEWTASK);
	assert_int_not_equal(ev.tid, ev.task.tid);
	int child = ev.task.tid;

	assert_true(next(p, f, &ev));
	assert_int_equal(ev.kind, EVENT_RENAME);
	assert_string_equal(ev.task.comm, "re name");
	assert_int_equal(ev.task.tid, child);

	for (int i = 0; i < 3; i++) {
		assert_true(next(p, f, &ev));
		assert_int_equal(ev.kind, EVENT_ENTER);
		assert_ptr_equal(ev.call, kill);
		assert_int_equal(ev.tid, child);
		assert_int_equal(ev.arg[0], i < 2 ? child : 4194304);
		assert_int_equal(ev.arg[1], i < 2 ? 0 : 15);
		assert_true(ev.ts > ts);
		ts = ev.ts;
		assert_true(next(p, f, &ev));
		assert_int_equal(ev.kind, EVENT_EXIT);
		assert_int_equal(ev.ret, i < 2 ? 0 : -ESRCH);
		assert_true(ev.ts > ts && ev.ts - ts < 1000000);
	}
	assert_true(next(p, f, &ev));
	assert_int_equal(ev.kind, EVENT_TASK_EXIT);
	assert_string_equal(ev.task.comm, "re name");
	assert_true(next(p, f, &ev));
	assert_int_equal(ev.kind, EVENT_SIGNAL);
	assert_int_equal(ev.signal.sig, 17);
	assert_false(ev.interrupt);
	assert_false(next(p, f, &ev));
	pages_free(p);
	formats_free(f);
}

static void a_page_after_a_loss_says_how_many(void **state)
{
	struct pages *p = load("lost.page", 0);
	uint64_t ts;
	size_t size;
	int n = 0;
	(void)state;

	assert_int_equal(pages_lost(p), 1650);
	while (pages_next(p, &size, &ts))
		n++;
	assert_int_equal(n, 127);
	pages_free(p);
}

static void a_loss_of_unknown_size_is_one(void **state)
{
	struct pages *p = load("one.page", 0);
	uint64_t commit;
	(void)state;

	memcpy(&commit, (char *)pages_buffer(p) + 8, 8);
	commit |= UINT64_C(1) << 31;
	memcpy((char *)pages_buffer(p) + 8, &commit, 8);
	assert_int_equal(pages_load(p, 404), 0);
	assert_int_equal(pages_lost(p), 1);
	pages_free(p);
}

/* A page with these words as data. */
static struct pages *made(const uint32_t *words, size_t n, uint64_t commit, int expected)
{
	struct pages *p = pages_new(PAGE);
	uint64_t ts = 1000;

	memcpy(pages_buffer(p), &ts, 8);
	memcpy((char *)pages_buffer(p) + 8, &commit, 8);
	memcpy((char *)pages_buffer(p) + 16, words, n * 4);
	assert_int_equal(pages_load(p, 16 + n * 4), expected);
	return p;
}

static int count(struct pages *p)
{
	uint64_t ts;
	size_t size;
	int n = 0;

	while (pages_next(p, &size, &ts))
		n++;
	pages_free(p);
	return n;
}

static void a_page_that_contradicts_itself_gives_what_comes_before(void **state)
{
	static const uint32_t good[] = { 1 | 5 << 5, 42 };	/* 4 bytes, 5 ns later */
	static const uint32_t longer[] = { 1, 42, 0, 4000 };	/* then a record of 4000 bytes */
	static const uint32_t circle[] = { 1, 42, 29 | 1 << 5, (uint32_t)-4 };	/* padding that leads back to itself */
	static const uint32_t back[] = { 1, 42, 0, (uint32_t)-8 };
	static const uint32_t half[] = { 1, 42, 2, 1 };		/* 8 bytes, 4 of them there */
	(void)state;

	assert_int_equal(count(made(good, 2, 8, 0)), 1);
	assert_int_equal(count(made(good, 2, 4000, -EBADMSG)), 1);	/* says more than was read */
	assert_int_equal(count(made(longer, 4, 16, -EBADMSG)), 1);
	assert_int_equal(count(made(circle, 4, 16, -EBADMSG)), 1);
	assert_int_equal(count(made(back, 4, 16, -EBADMSG)), 1);
	assert_int_equal(count(made(half, 4, 16, -EBADMSG)), 1);
	assert_int_equal(count(made(good, 0, 0, 0)), 0);
}

static void time_passes_in_a_page(void **state)
{
	/* a record 5 ns later; 2 << 27 ns later another */
	static const uint32_t words[] = { 1 | 5 << 5, 42, 30, 2, 1 | 7 << 5, 43 };
	struct pages *p = made(words, 6, 24, 0);
	uint64_t ts;
	size_t size;
	(void)state;

	assert_non_null(pages_next(p, &size, &ts));
	assert_int_equal(ts, 1005);
	assert_int_equal(size, 4);
	assert_non_null(pages_next(p, &size, &ts));
	assert_int_equal(ts, 1005 + (UINT64_C(2) << 27) + 7);
	assert_null(pages_next(p, &size, &ts));
	pages_free(p);
}

static void something_too_short_is_not_a_page(void **state)
{
	struct pages *p = pages_new(PAGE);
	uint64_t ts;
	size_t size;
	(void)state;

	assert_int_equal(pages_load(p, 15), -EBADMSG);
	assert_null(pages_next(p, &size, &ts));
	assert_int_equal(pages_load(p, PAGE + 1), -EBADMSG);
	assert_null(pages_next(p, &size, &ts));
	pages_free(p);
}

static void a_short_record_or_one_of_another_event_is_not_decoded(void **state)
{
	struct formats *f = recorded_formats();
	struct pages *p = load("one.page", 0);
	struct event ev;
	uint64_t ts;
	size_t size;
	char copy[256];
	(void)state;

	const void *record = pages_next(p, &size, &ts);
	assert_non_null(record);
	assert_true(formats_decode(f, record, size, &ev));
	for (size_t n = 0; n < 40; n++)
		assert_false(formats_decode(f, record, n, &ev));
	memcpy(copy, record, size);
	copy[0] ^= 0x55;
	copy[1] ^= 0x55;
	assert_false(formats_decode(f, copy, size, &ev));
	pages_free(p);
	formats_free(f);
}

static void parameters_have_the_names_of_their_fields(void **state)
{
	struct formats *f = recorded_formats();
	(void)state;

	assert_string_equal(formats_param(f, decode_find_name("kill"), 0), "pid");
	assert_string_equal(formats_param(f, decode_find_name("kill"), 1), "sig");
	assert_null(formats_param(f, decode_find_name("kill"), 2));
	assert_string_equal(formats_param(f, decode_find_name("pidfd_send_signal"), 0), "pidfd");
	assert_null(formats_param(f, decode_find_name("tkill"), 0));
	formats_free(f);
}

#define COMMON \
	"ID: 77\nformat:\n" \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define END "\nprint fmt: \"\"\n"

static void kernels_differ_in_where_fields_are(void **state)
{
	/* the number of the call was named `nr` once; and nothing says that arguments are 8 bytes apart */
	static const char text[] = "name: sys_enter_kill\n" COMMON
		"\tfield:int nr;\toffset:8;\tsize:4;\tsigned:1;\n"
		"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:0;\n"
		"\tfield:int sig;\toffset:20;\tsize:8;\tsigned:0;\n" END;
	unsigned char record[28] = { 77, 0, 8 };
	struct formats *f = formats_new();
	struct event ev;
	(void)state;

	record[4] = 9;		/* common_pid */
	record[12] = 0xfe;
	record[20] = 15;
	assert_int_equal(add(f, EVENT_ENTER, "kill", text), 0);
	assert_true(formats_decode(f, record, sizeof(record), &ev));
	assert_int_equal(ev.tid, 9);
	assert_int_equal(ev.arg[0], 0xfe);
	assert_int_equal(ev.arg[1], 15);
	assert_int_equal(ev.arg[2], 0);
	assert_true(ev.interrupt);
	formats_free(f);
}

static void a_comm_may_be_kept_elsewhere_in_the_record(void **state)
{
	static const char text[] = "name: sched_process_exit\n" COMMON
		"\tfield:__data_loc char[] comm;\toffset:8;\tsize:4;\tsigned:0;\n"
		"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n" END;
	unsigned char record[24] = { 77, 0, 0, 0, 1, 0, 0, 0, 16, 0, 4, 0, 5, 0, 0, 0, 'a', 'b', 'c', 0 };
	struct formats *f = formats_new();
	struct event ev;
	(void)state;

	assert_int_equal(add(f, EVENT_TASK_EXIT, NULL, text), 0);
	assert_true(formats_decode(f, record, sizeof(record), &ev));
	assert_string_equal(ev.task.comm, "abc");
	assert_int_equal(ev.task.tid, 5);
	record[8] = 200;	/* behind the end */
	assert_true(formats_decode(f, record, sizeof(record), &ev));
	assert_string_equal(ev.task.comm, "");
	formats_free(f);
}

static void a_format_without_a_needed_field_is_refused(void **state)
{
	struct formats *f = formats_new();
	(void)state;

	assert_int_equal(add(f, EVENT_EXIT, "kill", "name: sys_exit_kill\n" COMMON
			     "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n" END), -EINVAL);
	assert_int_equal(add(f, EVENT_RENAME, NULL, "name: x\n"), -EINVAL);
	assert_int_equal(add(f, EVENT_RENAME, NULL, ""), -EINVAL);
	formats_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_page_gives_its_events_in_order),
		cmocka_unit_test(a_page_after_a_loss_says_how_many),
		cmocka_unit_test(a_loss_of_unknown_size_is_one),
		cmocka_unit_test(a_page_that_contradicts_itself_gives_what_comes_before),
		cmocka_unit_test(time_passes_in_a_page),
		cmocka_unit_test(something_too_short_is_not_a_page),
		cmocka_unit_test(a_short_record_or_one_of_another_event_is_not_decoded),
		cmocka_unit_test(parameters_have_the_names_of_their_fields),
		cmocka_unit_test(kernels_differ_in_where_fields_are),
		cmocka_unit_test(a_comm_may_be_kept_elsewhere_in_the_record),
		cmocka_unit_test(a_format_without_a_needed_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
