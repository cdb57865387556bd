/*
 * What the kernel gives killsnoop, with anything in it: a page of the ring
 * buffer, through all layers up to the lines of text; or the text of a
 * format file, and records decoded by it.
 *
 * The first byte chooses: 'p' and the bytes of a page, or 'f', a digit for
 * the kind of event, and the text.
 */
#include <limits.h>
#include <string.h>

#include "../fuzz.h"

#include "decode/decode.h"
#include "killsnoop/calls.h"
#include "killsnoop/columns.h"
#include "killsnoop/filter.h"
#include "killsnoop/formats.h"
#include "killsnoop/json.h"
#include "killsnoop/merge.h"
#include "killsnoop/pages.h"

/* libtraceevent (1.7) loses memory when it cannot parse a format; what we lose ourselves is still found. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent.so\n";
}

#define PAGE 4096
#define CPUS 2

/* What `record` in tests/unit/data found. */
static const struct {
	enum event_kind kind;
	const char *call, *file;
} recorded[] = {
	{ EVENT_ENTER, "kill", "syscalls.sys_enter_kill" },
	{ EVENT_EXIT, "kill", "syscalls.sys_exit_kill" },
	{ EVENT_ENTER, "pidfd_send_signal", "syscalls.sys_enter_pidfd_send_signal" },
	{ EVENT_NEWTASK, NULL, "task.task_newtask" },
	{ EVENT_RENAME, NULL, "task.task_rename" },
	{ EVENT_TASK_EXIT, NULL, "sched.sched_process_exit" },
	{ EVENT_SIGNAL, NULL, "signal.signal_generate" },
};

static struct formats *load_formats(void)
{
	struct formats *f = formats_new();
	char path[PATH_MAX], text[8192];

	for (size_t i = 0; f && i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.format", TEST_DATA, recorded[i].file);
		FILE *file = fopen(path, "re");
		size_t len = file ? fread(text, 1, sizeof(text), file) : 0;
		if (!file || formats_add(f, recorded[i].kind,
					 recorded[i].call ? decode_find_name(recorded[i].call) : NULL, text, len) != 0) {
			perror(path);
			exit(2);
		}
		fclose(file);
	}
	return f;
}

static void print(const struct row *row)
{
	static const struct options plain = { .all = true, .kernel = true, .names = true, .time = true };
	static const struct options full = { .all = true, .kernel = true, .verbose = true, .target = 1 };
	struct strbuf out = { 0 };

	columns_row(&plain, row, &out);
	columns_row(&full, row, &out);
	json_row(row, &out);
	for (size_t i = 0; i < out.len; i++)
		ensure(out.s[i] == '\n' || (out.s[i] >= ' ' && out.s[i] != 0x7f) || (unsigned char)out.s[i] >= 0x80);
	strbuf_free(&out);
	filter_row(&plain, row);
}

static void page(const struct formats *f, const uint8_t *bytes, size_t n)
{
	struct pages *pages = pages_new(PAGE);
	struct merge *merge = merge_new(CPUS);
	struct calls calls = { .tasks = tasks_new(), .wanted = 1 };
	const struct event *next;
	const void *record;
	struct row row;
	uint64_t ts;
	size_t size;

	n = n < PAGE ? n : PAGE;
	memcpy(pages_buffer(pages), bytes, n);
	pages_load(pages, n);
	for (unsigned cpu = 0; (record = pages_next(pages, &size, &ts)); cpu = (cpu + 1) % CPUS) {
		struct event *ev = merge_add(merge, cpu);
		ev->ts = ts;
		if (!formats_decode(f, record, size, ev))
			merge_drop(merge, cpu);
		else if (ev->tid > 0 && ev->tid < 5000000)
			ev->tid += 5000000;	/* no thread that /proc knows: the run must not depend on the machine */
	}
	while ((next = merge_next(merge, UINT64_MAX)))
		if (calls_apply(&calls, next, &row))
			print(&row);
	pages_free(pages);
	merge_free(merge);
	tasks_free(calls.tasks);
}

static void format(const uint8_t *bytes, size_t n)
{
	struct formats *f = formats_new();
	unsigned char record[512] = { 0 };
	enum event_kind kind = (enum event_kind)(bytes[0] % EVENT_LOST);
	const struct call *call = decode_find_name("kill");
	char *text = malloc(n + 1);
	struct event ev;

	memcpy(text, bytes + 1, n - 1);
	text[n - 1] = '\0';
	if (formats_add(f, kind, call, text, n - 1) == 0) {
		for (unsigned id = 0; id < 2048; id++) {
			memcpy(record, &id, 2);
			for (size_t size = 0; size < sizeof(record); size += 8)
				formats_decode(f, record, size, &ev);
		}
		formats_param(f, call, 5);
	}
	free(text);
	formats_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct formats *f;

	if (!f)
		f = load_formats();
	if (n > 1 && bytes[0] == 'p')
		page(f, bytes + 1, n - 1);
	else if (n > 2 && bytes[0] == 'f')
		format(bytes + 1, n - 1);
	return 0;
}
