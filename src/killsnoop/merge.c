#include "merge.h"

#include <stdlib.h>
#include <string.h>

struct queue {
	struct event *ev;	/* ev[first .. end): held; owned */
	size_t first, end, cap;
};

struct merge {
	unsigned cpus;
	unsigned current;	/* the CPU whose head is next, while it is below `limit` */
	uint64_t limit;		/* the earliest head of the other CPUs; 0: not known */
	struct queue queue[];
};

struct merge *merge_new(unsigned cpus)
{
	struct merge *m = calloc(1, sizeof(*m) + cpus * sizeof(m->queue[0]));

	if (m)
		m->cpus = cpus;
	return m;
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->cpus; i++)
		free(m->queue[i].ev);
	free(m);
}

struct event *merge_add(struct merge *m, unsigned cpu)
{
	struct queue *q = &m->queue[cpu];

	m->limit = 0;
	if (q->first == q->end)
		q->first = q->end = 0;
	if (q->end == q->cap && q->first > q->cap / 2) {
		memmove(q->ev, q->ev + q->first, (q->end - q->first) * sizeof(*q->ev));
		q->end -= q->first;
		q->first = 0;
	}
	if (q->end == q->cap) {
		size_t cap = q->cap ? 2 * q->cap : 256;
		struct event *ev = realloc(q->ev, cap * sizeof(*ev));
		if (!ev)
			return NULL;
		q->ev = ev;
		q->cap = cap;
	}
	return &q->ev[q->end++];
}

void merge_drop(struct merge *m, unsigned cpu)
{
	m->queue[cpu].end--;
}

/* Finds the CPU with the earliest head, and how long it stays that. */
static void choose(struct merge *m)
{
	uint64_t best = UINT64_MAX;

	m->limit = UINT64_MAX;
	for (unsigned i = 0; i < m->cpus; i++) {
		const struct queue *q = &m->queue[i];
		if (q->first == q->end)
			continue;
		uint64_t ts = q->ev[q->first].ts;
		if (ts < best) {
			m->limit = best;
			best = ts;
			m->current = i;
		} else if (ts < m->limit) {
			m->limit = ts;
		}
	}
}

const struct event *merge_next(struct merge *m, uint64_t watermark)
{
	struct queue *q = &m->queue[m->current];

	if (m->limit == 0 || q->first == q->end || q->ev[q->first].ts >= m->limit) {
		choose(m);
		q = &m->queue[m->current];
	}
	if (q->first == q->end || q->ev[q->first].ts > watermark)
		return NULL;
	return &q->ev[q->first++];
}

void merge_each(const struct merge *m, void (*fn)(void *, const struct event *), void *arg)
{
	for (unsigned i = 0; i < m->cpus; i++)
		for (size_t j = m->queue[i].first; j < m->queue[i].end; j++)
			fn(arg, &m->queue[i].ev[j]);
}

size_t merge_held(const struct merge *m)
{
	size_t n = 0;

	for (unsigned i = 0; i < m->cpus; i++)
		n += m->queue[i].end - m->queue[i].first;
	return n;
}
