/* Reading the buffers of CPUs, which are files here: the order of time, and where something is missing. */
#include "killsnoop_data.h"

#include <fcntl.h>
#include <unistd.h>

#include "killsnoop/reader.h"

#define PAGE 64
#define CPUS 2
#define LOST (UINT64_C(1) << 31 | UINT64_C(1) << 30)	/* some are, and their number follows the data */

struct test {
	struct formats *formats;
	struct reader *reader;
	FILE *file[CPUS];	/* to write to */
	int fd[CPUS];		/* to read from */
};

static int setup(void **state)
{
	static struct test t;
	static const char format[] = "name: sys_exit_kill\nID: 77\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		"\tfield:long ret;\toffset:8;\tsize:8;\tsigned:1;\n\nprint fmt: \"\"\n";

	t.formats = formats_new();
	assert_int_equal(formats_add(t.formats, EVENT_EXIT, decode_find_name("kill"), format, strlen(format)), 0);
	t.reader = reader_new(t.formats, CPUS, PAGE);
	assert_non_null(t.reader);
	for (unsigned i = 0; i < CPUS; i++) {
		t.file[i] = tmpfile();
		assert_non_null(t.file[i]);
		char path[64];	/* opened anew: reading has a position of its own */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(t.file[i]));
		t.fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(t.fd[i] >= 0);
		reader_open(t.reader, i, t.fd[i]);
	}
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;

	reader_free(t->reader);
	formats_free(t->formats);
	for (unsigned i = 0; i < CPUS; i++) {
		close(t->fd[i]);
		fclose(t->file[i]);
	}
	return 0;
}

/* A page with one event, before which so many were lost. */
static void put_page(struct test *t, unsigned cpu, uint64_t ts, uint64_t lost)
{
	struct {
		uint64_t ts, commit;
		uint32_t header, id, pid, ret[2], rest;	/* 16 bytes of record */
		uint64_t lost;
	} page = { .ts = ts, .commit = 20 | (lost ? LOST : 0), .header = 4, .id = 77, .pid = 1 };
	char bytes[PAGE] = { 0 };

	memcpy(bytes, &page, sizeof(page));
	memcpy(bytes + 36, &lost, sizeof(lost));
	assert_int_equal(fwrite(bytes, sizeof(bytes), 1, t->file[cpu]), 1);
	assert_int_equal(fflush(t->file[cpu]), 0);
}

static void expect_event(struct test *t, uint64_t ts)
{
	const struct event *ev = reader_next(t->reader);

	assert_non_null(ev);
	assert_int_equal(ev->kind, EVENT_EXIT);
	assert_int_equal(ev->ts, ts);
}

static void expect_mark(struct test *t, uint64_t ts, uint64_t lost)
{
	const struct event *ev = reader_next(t->reader);

	assert_non_null(ev);
	assert_int_equal(ev->kind, EVENT_LOST);
	assert_int_equal(ev->ts, ts);
	assert_int_equal(ev->lost, lost);
}

static void events_come_up_to_the_beginning_of_the_reading(void **state)
{
	struct test *t = *state;

	put_page(t, 0, 20, 0);
	put_page(t, 1, 10, 0);
	put_page(t, 1, 30, 0);
	assert_int_equal(reader_drain(t->reader, 25), 3);
	assert_int_equal(reader_watermark(t->reader), 25);
	expect_event(t, 10);
	expect_event(t, 20);
	assert_null(reader_next(t->reader));
	assert_int_equal(reader_held(t->reader), 1);
	put_page(t, 0, 27, 0);
	assert_int_equal(reader_drain(t->reader, 40), 1);
	expect_event(t, 27);
	expect_event(t, 30);
}

static void a_gap_is_marked_from_its_beginning(void **state)
{
	struct test *t = *state;

	put_page(t, 0, 100, 0);
	reader_drain(t->reader, 150);
	expect_event(t, 100);
	put_page(t, 0, 1000, 5);	/* nothing was missing at 150 */
	put_page(t, 0, 1010, 7);
	put_page(t, 1, 500, 0);
	put_page(t, 1, 1005, 0);
	reader_drain(t->reader, 2000);
	expect_mark(t, 151, 0);
	expect_event(t, 500);
	expect_mark(t, 1000, 5);
	expect_event(t, 1000);
	expect_mark(t, 1001, 0);
	expect_event(t, 1005);
	expect_mark(t, 1010, 7);
	expect_event(t, 1010);
	assert_null(reader_next(t->reader));
}

static void what_a_busy_cpu_has_left_holds_back_the_others(void **state)
{
	struct test *t = *state;
	uint64_t ts = 0;
	size_t pages;

	for (int i = 0; i < 1000; i++)
		put_page(t, 0, ts += 10, 0);
	put_page(t, 1, 9995, 0);
	pages = reader_drain(t->reader, 20000);
	assert_in_range(pages, 100, 900);
	assert_int_equal(reader_watermark(t->reader), (pages - 1) * 10);
	while (reader_next(t->reader))
		;
	assert_int_equal(reader_held(t->reader), 1);
	reader_drain(t->reader, 20000);
	assert_int_equal(reader_watermark(t->reader), 20000);
}

static void what_found_no_room_at_the_end_is_marked_there(void **state)
{
	struct test *t = *state;

	put_page(t, 0, 10, 0);
	put_page(t, 1, 20, 0);
	put_page(t, 1, 30, 0);
	reader_end(t->reader, 0, 1000);
	reader_end(t->reader, 1, 0);
	while (reader_watermark(t->reader) != UINT64_MAX)
		reader_drain(t->reader, 5);
	expect_event(t, 10);
	expect_mark(t, 11, 1000);
	expect_event(t, 20);
	expect_event(t, 30);
	assert_null(reader_next(t->reader));
}

/* Of buffers of any size only a part is in memory at a time; here one CPU was quiet, the other busy, and vice versa. */
static void what_is_left_at_the_end_is_read_by_and_by(void **state)
{
	struct test *t = *state;
	const struct event *ev;
	uint64_t ts = 0, last = 0;
	size_t n = 0, most = 0;

	for (int i = 0; i < 4000; i++)
		put_page(t, i % 10 == (i > 2000) ? 0 : i > 2000, ts += 10, 0);
	reader_end(t->reader, 0, 0);
	reader_end(t->reader, 1, 0);
	while (reader_watermark(t->reader) != UINT64_MAX) {
		reader_drain(t->reader, 5);
		most = reader_held(t->reader) > most ? reader_held(t->reader) : most;
		for (; (ev = reader_next(t->reader)); n++) {
			assert_true(ev->ts > last);
			last = ev->ts;
		}
	}
	assert_int_equal(n, 4000);
	assert_in_range(most, 1, 1100);
}

static void bad_pages_are_counted(void **state)
{
	struct test *t = *state;

	assert_int_equal(fwrite("garbage", 7, 1, t->file[0]), 1);
	fflush(t->file[0]);
	assert_int_equal(reader_drain(t->reader, 5), 1);
	assert_int_equal(reader_bad_pages(t->reader), 1);
	assert_null(reader_next(t->reader));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(events_come_up_to_the_beginning_of_the_reading),
		test(a_gap_is_marked_from_its_beginning),
		test(what_a_busy_cpu_has_left_holds_back_the_others),
		test(what_found_no_room_at_the_end_is_marked_there),
		test(what_is_left_at_the_end_is_read_by_and_by),
		test(bad_pages_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
