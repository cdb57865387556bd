#include "pages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/kbuffer.h>

/* The page header: u64 time stamp, long commit; the data follows.  events/header_page in tracefs */
#define COMMIT_OFFSET 8
#define DATA_OFFSET (8 + sizeof(long))
/* The commit field: bytes of data, and flags.  kernel/trace/ring_buffer.c */
#define COMMIT_SIZE ((1ul << 27) - 1)
#define LOST_EVENTS (1ul << 31)		/* some were overwritten before this page */
#define LOST_STORED (1ul << 30)		/* how many follows the data, as a long */

#define SLACK 16	/* kbuffer reads two words of each record before it knows that there is but one */

struct pages {
	struct kbuffer *kbuf;
	char *page;
	size_t size;
	uint64_t lost;
	bool at_first;		/* the first record is not out yet */
};

struct pages *pages_new(size_t size)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->size = size;
	p->page = calloc(1, size + SLACK);
	p->kbuf = kbuffer_alloc(KBUFFER_LSIZE_SAME_AS_HOST, KBUFFER_ENDIAN_SAME_AS_HOST);
	if (!p->page || !p->kbuf) {
		pages_free(p);
		return NULL;
	}
	return p;
}

void pages_free(struct pages *p)
{
	if (!p)
		return;
	if (p->kbuf)
		kbuffer_free(p->kbuf);
	free(p->page);
	free(p);
}

void *pages_buffer(struct pages *p)
{
	return p->page;
}

/*
 * kbuffer believes every length it finds: a wrong one takes it out of the
 * page or round in a circle.  So the records are walked once before, up to
 * the first that does not end behind its beginning and within the data.
 * Returns how many bytes are good.
 */
static size_t sound(struct pages *p, size_t size)
{
	char *data = p->page + DATA_OFFSET;
	size_t at = 0;

	while (at < size) {
		struct kbuffer_raw_info info = { .next = data + at };
		if (!kbuffer_raw_get(p->kbuf, p->page, &info))
			break;
		/* as integers: a wild pointer must not be compared */
		uintptr_t next = (uintptr_t)info.next - (uintptr_t)data;
		if (next <= at || next > size)
			break;
		at = next;
	}
	return at;
}

int pages_load(struct pages *p, size_t len)
{
	unsigned long commit, stored;

	p->at_first = true;
	p->lost = 0;
	if (len < DATA_OFFSET || len > p->size) {
		memset(p->page, 0, DATA_OFFSET);
		kbuffer_load_subbuffer(p->kbuf, p->page);
		return -EBADMSG;
	}
	memcpy(&commit, p->page + COMMIT_OFFSET, sizeof(commit));
	size_t room = len - DATA_OFFSET, size = commit & COMMIT_SIZE, good = size < room ? size : room;

	if (commit & LOST_EVENTS) {
		p->lost = 1;	/* how many is not said when there was no room for it */
		if (commit & LOST_STORED && size <= room && room - size >= sizeof(stored)) {
			memcpy(&stored, p->page + DATA_OFFSET + size, sizeof(stored));
			p->lost = stored;
		}
	}
	memset(p->page + len, 0, p->size + SLACK - len);
	commit = good;
	memcpy(p->page + COMMIT_OFFSET, &commit, sizeof(commit));
	commit = sound(p, good);
	memcpy(p->page + COMMIT_OFFSET, &commit, sizeof(commit));
	kbuffer_load_subbuffer(p->kbuf, p->page);
	return commit == size ? 0 : -EBADMSG;
}

uint64_t pages_lost(const struct pages *p)
{
	return p->lost;
}

const void *pages_next(struct pages *p, size_t *size, uint64_t *ts)
{
	unsigned long long time;
	void *record = p->at_first ? kbuffer_read_event(p->kbuf, &time) : kbuffer_next_event(p->kbuf, &time);

	p->at_first = false;
	if (!record)
		return NULL;
	*size = (size_t)kbuffer_event_size(p->kbuf);
	*ts = time;
	return record;
}
