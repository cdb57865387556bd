#include "tracee.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 64 };

/* There may be thousands: 4 KB each, with what malloc and the buckets add, besides the text of an open call. */
_Static_assert(sizeof(struct tracee) <= 2048, "a traced thread costs too much memory");

static struct tracee **bucket_of(const struct tracees *ts, pid_t tid)
{
	return &ts->buckets[((uint32_t)tid * 2654435761u >> 7) & (ts->nbuckets - 1)];
}

int tracees_init(struct tracees *ts)
{
	*ts = (struct tracees){.nbuckets = FIRST_BUCKETS};
	ts->buckets = calloc(ts->nbuckets, sizeof(*ts->buckets));
	return ts->buckets ? 0 : -ENOMEM;
}

void tracees_free(struct tracees *ts)
{
	while (ts->first)
		tracees_remove(ts, ts->first);
	free(ts->buckets);
	ts->buckets = NULL;
}

struct tracee *tracees_find(const struct tracees *ts, pid_t tid)
{
	struct tracee *t = *bucket_of(ts, tid);

	while (t && t->tid != tid)
		t = t->chain;
	return t;
}

static void chain_in(struct tracees *ts, struct tracee *t)
{
	struct tracee **bucket = bucket_of(ts, t->tid);

	t->chain = *bucket;
	*bucket = t;
}

static void chain_out(struct tracees *ts, struct tracee *t)
{
	struct tracee **p = bucket_of(ts, t->tid);

	while (*p != t)
		p = &(*p)->chain;
	*p = t->chain;
}

/* Doubles the buckets; without memory the chains just get longer. */
static void grow(struct tracees *ts)
{
	size_t n = ts->nbuckets * 2;
	struct tracee **buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return;
	free(ts->buckets);
	ts->buckets = buckets;
	ts->nbuckets = n;
	for (struct tracee *t = ts->first; t; t = t->next)
		chain_in(ts, t);
}

struct tracee *tracees_add(struct tracees *ts, pid_t tid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	if (ts->n >= ts->nbuckets)
		grow(ts);
	t->tid = t->tgid = t->line.pid = tid;
	chain_in(ts, t);
	t->prev = ts->last;
	if (ts->last)
		ts->last->next = t;
	else
		ts->first = t;
	ts->last = t;
	ts->n++;
	return t;
}

void tracees_remove(struct tracees *ts, struct tracee *t)
{
	chain_out(ts, t);
	if (t->prev)
		t->prev->next = t->next;
	else
		ts->first = t->next;
	if (t->next)
		t->next->prev = t->prev;
	else
		ts->last = t->prev;
	ts->n--;
	json_owner_free(&t->json);
	show_free(&t->show);
	free(t);
}

void tracees_rename(struct tracees *ts, struct tracee *t, pid_t tid)
{
	chain_out(ts, t);
	t->tid = t->line.pid = tid;
	chain_in(ts, t);
}
