/*
 * The layouts of events, as the format files of tracefs give them, and the
 * decoding of raw records by them.  Nothing here touches tracefs: texts and
 * records are passed in.
 */
#ifndef KILLSNOOP_FORMATS_H
#define KILLSNOOP_FORMATS_H

#include <stddef.h>

#include "event.h"

struct formats;

/* Returns NULL when out of memory. */
struct formats *formats_new(void);
void formats_free(struct formats *);

/*
 * Takes in one format file.  `call` is the system call of an enter or exit
 * event, NULL for the others.  Returns 0; -EINVAL when the text cannot be
 * parsed or lacks a field that is needed; -ENOSPC when there are too many.
 */
int formats_add(struct formats *, enum event_kind, const struct call *, const char *text, size_t len);

/*
 * The field that holds parameter `n` in the enter event of a call, for a
 * filter of the kernel.  NULL when the event has no such field.  Valid as
 * long as the formats are.
 */
const char *formats_param(const struct formats *, const struct call *, unsigned n);

/*
 * Decodes a record.  The time stamp is left to the caller.  Returns false
 * for an event that was not added, and for one that is too short.
 */
bool formats_decode(const struct formats *, const void *record, size_t size, struct event *);

#endif
