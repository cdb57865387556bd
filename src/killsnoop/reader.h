/*
 * Reads the buffers of all CPUs, and gives their events in the order of time
 * with marks where some are missing.
 */
#ifndef KILLSNOOP_READER_H
#define KILLSNOOP_READER_H

#include "event.h"
#include "formats.h"

struct reader;

/* The formats are not owned.  Returns NULL when out of memory. */
struct reader *reader_new(const struct formats *, unsigned cpus, size_t page_size);
void reader_free(struct reader *);

/* Where to read the pages of a CPU from: a non-blocking descriptor, not owned. */
void reader_open(struct reader *, unsigned cpu, int fd);

/*
 * Reads what is there, not all of it when that is much.  `now` is a time
 * before this call, on the clock of the events.  Returns the number of pages.
 */
size_t reader_drain(struct reader *, uint64_t now);

/* The next event before which none can come any more, or NULL.  Valid until the next drain. */
const struct event *reader_next(struct reader *);

/* Up to this time everything is here: what reader_next gives. */
uint64_t reader_watermark(const struct reader *);

/*
 * Nothing is added any more to the buffer of a CPU; at its end so many events
 * found no room.  Once that was said of all, and everything has been read,
 * the watermark is UINT64_MAX.
 */
void reader_end(struct reader *, unsigned cpu, uint64_t dropped);

/* Shows every event that is held, in the order of time on each CPU. */
void reader_each(const struct reader *, void (*fn)(void *, const struct event *), void *);

/* Number of events held. */
size_t reader_held(const struct reader *);

/* Number of pages that contradict themselves. */
uint64_t reader_bad_pages(const struct reader *);

#endif
