/*
 * Brings the events of all CPUs into the order of time.  Each CPU's own
 * events come in order; across CPUs an event may be taken out once every
 * event before it must have been put in: that is what the watermark says.
 */
#ifndef KILLSNOOP_MERGE_H
#define KILLSNOOP_MERGE_H

#include <stddef.h>

#include "event.h"

struct merge;

/* Returns NULL when out of memory. */
struct merge *merge_new(unsigned cpus);
void merge_free(struct merge *);

/* Room for the next event of a CPU, to be filled in before the next call; NULL when out of memory. */
struct event *merge_add(struct merge *, unsigned cpu);

/* Takes back the room that merge_add gave last on this CPU. */
void merge_drop(struct merge *, unsigned cpu);

/* The next event in order, if it is not later than the watermark (ns); else NULL.  Valid until the next merge_add. */
const struct event *merge_next(struct merge *, uint64_t watermark);

/* Shows every event that is held, in the order of time on each CPU. */
void merge_each(const struct merge *, void (*fn)(void *, const struct event *), void *);

/* Number of events held. */
size_t merge_held(const struct merge *);

#endif
