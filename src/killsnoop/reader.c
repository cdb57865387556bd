#include "reader.h"

#include <stdlib.h>
#include <unistd.h>

#include "merge.h"
#include "pages.h"

#define PAGES_A_ROUND 512	/* of one CPU, so that one busy CPU cannot keep us from the others */

struct cpu {
	int fd;
	bool ended;
	uint64_t last;		/* time of the last record that was read */
	uint64_t dropped;	/* events that found no room after that, not told of yet */
};

struct reader {
	const struct formats *formats;
	struct pages *pages;
	struct merge *merge;
	size_t page_size;
	uint64_t watermark;
	uint64_t bad_pages;
	unsigned cpus;
	struct cpu cpu[];
};

struct reader *reader_new(const struct formats *formats, unsigned cpus, size_t page_size)
{
	struct reader *r = calloc(1, sizeof(*r) + cpus * sizeof(r->cpu[0]));

	if (!r)
		return NULL;
	r->formats = formats;
	r->cpus = cpus;
	r->page_size = page_size;
	r->pages = pages_new(page_size);
	r->merge = merge_new(cpus);
	if (!r->pages || !r->merge) {
		reader_free(r);
		return NULL;
	}
	return r;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	pages_free(r->pages);
	merge_free(r->merge);
	free(r);
}

void reader_open(struct reader *r, unsigned cpu, int fd)
{
	r->cpu[cpu].fd = fd;
}

static bool mark(struct reader *r, unsigned cpu, uint64_t ts, uint64_t lost)
{
	struct event *ev = merge_add(r->merge, cpu);

	if (ev)
		*ev = (struct event){ .kind = EVENT_LOST, .ts = ts, .lost = lost };
	return ev != NULL;
}

/*
 * When a gap that ends at `end` began: after the last event that was read,
 * and not before the watermark, up to which nothing was missing.
 */
static uint64_t gap_begin(const struct reader *r, unsigned cpu, uint64_t end)
{
	uint64_t last = r->cpu[cpu].last > r->watermark ? r->cpu[cpu].last : r->watermark;

	return last < end ? last + 1 : end;
}

/* Both ends are marked: a thread may leave the CPU within the gap.  False when there is no memory for that. */
static bool mark_gap(struct reader *r, unsigned cpu, uint64_t end, uint64_t lost)
{
	return mark(r, cpu, gap_begin(r, cpu, end), 0) && mark(r, cpu, end, lost);
}

static void take_page(struct reader *r, unsigned cpu, size_t len)
{
	const void *record;
	uint64_t lost, ts;
	size_t size;

	if (pages_load(r->pages, len) < 0)
		r->bad_pages++;
	lost = pages_lost(r->pages);
	while ((record = pages_next(r->pages, &size, &ts))) {
		if (lost && mark_gap(r, cpu, ts, lost))	/* it ends where the page begins */
			lost = 0;
		r->cpu[cpu].last = ts;
		struct event *ev = merge_add(r->merge, cpu);
		if (!ev) {
			lost++;
			continue;
		}
		ev->ts = ts;
		if (!formats_decode(r->formats, record, size, ev))
			merge_drop(r->merge, cpu);
	}
	if (lost)
		mark(r, cpu, gap_begin(r, cpu, UINT64_MAX), lost);
}

/* Reads the pages of a CPU.  Returns how many; fewer than PAGES_A_ROUND: those were all. */
static size_t drain_cpu(struct reader *r, unsigned cpu)
{
	size_t n;

	for (n = 0; n < PAGES_A_ROUND; n++) {
		ssize_t len = read(r->cpu[cpu].fd, pages_buffer(r->pages), r->page_size);
		if (len <= 0)
			break;
		take_page(r, cpu, (size_t)len);
	}
	return n;
}

/*
 * Up to the watermark nothing can come any more: a CPU whose buffer was found
 * empty has given everything from before the reading began, any other one
 * everything up to the last event that was read.  When nothing is added any
 * more there is no hurry: only the CPUs that hold back the others are read.
 */
size_t reader_drain(struct reader *r, uint64_t now)
{
	uint64_t watermark = UINT64_MAX;
	size_t total = 0;

	for (unsigned i = 0; i < r->cpus; i++) {
		struct cpu *cpu = &r->cpu[i];
		uint64_t complete = cpu->last;
		if (!cpu->ended || cpu->last <= r->watermark) {
			size_t n = drain_cpu(r, i);
			total += n;
			complete = n == PAGES_A_ROUND ? cpu->last : cpu->ended ? UINT64_MAX : now;
		}
		if (complete == UINT64_MAX && cpu->dropped && mark(r, i, gap_begin(r, i, UINT64_MAX), cpu->dropped))
			cpu->dropped = 0;
		if (complete < watermark)
			watermark = complete;
	}
	r->watermark = watermark;
	return total;
}

const struct event *reader_next(struct reader *r)
{
	return merge_next(r->merge, r->watermark);
}

uint64_t reader_watermark(const struct reader *r)
{
	return r->watermark;
}

void reader_end(struct reader *r, unsigned cpu, uint64_t dropped)
{
	r->cpu[cpu].ended = true;
	r->cpu[cpu].dropped = dropped;
}

void reader_each(const struct reader *r, void (*fn)(void *, const struct event *), void *arg)
{
	merge_each(r->merge, fn, arg);
}

size_t reader_held(const struct reader *r)
{
	return merge_held(r->merge);
}

uint64_t reader_bad_pages(const struct reader *r)
{
	return r->bad_pages;
}
