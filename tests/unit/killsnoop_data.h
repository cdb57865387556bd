/* The recordings in data/killsnoop, and events made by hand. */
#ifndef TESTS_KILLSNOOP_DATA_H
#define TESTS_KILLSNOOP_DATA_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "killsnoop/event.h"

/* Reads a recording whole, NUL-terminated; the length without that.  To be freed. */
static inline char *recording(const char *name, size_t *len)
{
	char path[512], *data = malloc(65536);

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(data);
	*len = fread(data, 1, 65535, f);
	data[*len] = '\0';
	fclose(f);
	return data;
}

static inline struct event enter_event(uint64_t ts, int tid, const char *call, uint64_t a, uint64_t b, uint64_t c)
{
	struct event ev = { .kind = EVENT_ENTER, .ts = ts, .tid = tid, .call = decode_find_name(call) };

	ev.arg[0] = a;
	ev.arg[1] = b;
	ev.arg[2] = c;
	return ev;
}

static inline struct event exit_event(uint64_t ts, int tid, const char *call, int64_t ret)
{
	return (struct event){ .kind = EVENT_EXIT, .ts = ts, .tid = tid, .call = decode_find_name(call), .ret = ret };
}

static inline struct event signal_event(uint64_t ts, int tid, int sig, int target)
{
	return (struct event){ .kind = EVENT_SIGNAL, .ts = ts, .tid = tid, .signal = { .sig = sig, .target = target } };
}

static inline struct event lost_event(uint64_t ts, uint64_t n)
{
	return (struct event){ .kind = EVENT_LOST, .ts = ts, .lost = n };
}

/* kind: EVENT_NEWTASK, EVENT_RENAME (comm: the new name), EVENT_TASK_EXIT */
static inline struct event task_event(enum event_kind kind, uint64_t ts, int tid, int subject, const char *comm,
				      uint64_t clone_flags)
{
	struct event ev = { .kind = (uint8_t)kind, .ts = ts, .tid = tid };

	ev.task.tid = subject;
	ev.task.clone_flags = clone_flags;
	snprintf(ev.task.comm, sizeof(ev.task.comm), "%s", comm);
	return ev;
}

#endif
