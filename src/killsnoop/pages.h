/*
 * Pages of the ring buffer, as read(2) on trace_pipe_raw gives them, cut
 * into records (libtraceevent's kbuffer).
 */
#ifndef KILLSNOOP_PAGES_H
#define KILLSNOOP_PAGES_H

#include <stddef.h>
#include <stdint.h>

struct pages;

/* Holds one page of up to `size` bytes.  Returns NULL when out of memory. */
struct pages *pages_new(size_t size);
void pages_free(struct pages *);

/* Where to put the next page: `size` bytes, owned by the pages. */
void *pages_buffer(struct pages *);

/*
 * Starts with the page of `len` bytes that was put into the buffer.  Returns
 * 0, or -EBADMSG for a page that contradicts itself: then only the records
 * before the contradiction are there.
 */
int pages_load(struct pages *, size_t len);

/* Events that were overwritten before this page. */
uint64_t pages_lost(const struct pages *);

/* The next record and its time in ns, or NULL at the end of the page.  Valid until the next load. */
const void *pages_next(struct pages *, size_t *size, uint64_t *ts);

#endif
