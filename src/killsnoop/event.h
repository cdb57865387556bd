/* One event of the kernel, freed of the layout that this kernel gave it. */
#ifndef KILLSNOOP_EVENT_H
#define KILLSNOOP_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/tables.h"
#include "util/proc.h"

enum event_kind {
	EVENT_ENTER,	/* syscalls:sys_enter_CALL */
	EVENT_EXIT,	/* syscalls:sys_exit_CALL */
	EVENT_NEWTASK,	/* task:task_newtask, in the parent */
	EVENT_RENAME,	/* task:task_rename */
	EVENT_TASK_EXIT,/* sched:sched_process_exit */
	EVENT_SIGNAL,	/* signal:signal_generate */
	EVENT_LOST,	/* not the kernel's: events are missing here on one CPU */
};

struct event {
	uint64_t ts;			/* ns, CLOCK_MONOTONIC */
	int32_t tid;			/* the thread that was running, as the kernel numbers it */
	uint8_t kind;			/* enum event_kind */
	bool interrupt;			/* an interrupt handler's doing: tid is whom it interrupted */
	const struct call *call;	/* EVENT_ENTER, EVENT_EXIT */
	union {
		uint64_t arg[6];	/* EVENT_ENTER: registers, upper halves as the caller left them */
		int64_t ret;		/* EVENT_EXIT: result or -errno */
		uint64_t lost;		/* EVENT_LOST: how many */
		struct {
			int32_t tid;
			uint64_t clone_flags;	/* EVENT_NEWTASK */
			char comm[COMM_SIZE];	/* from now on; EVENT_TASK_EXIT: to the end */
			char old[COMM_SIZE];	/* EVENT_RENAME: until now */
		} task;
		struct {
			int32_t sig;
			int32_t code;	/* si_code */
			int32_t target;	/* thread; of a whole process its leader */
			int32_t result;	/* enum signal_result */
		} signal;
	};
};

/* What became of a generated signal: include/trace/events/signal.h of the kernel. */
enum signal_result {
	SIGNAL_DELIVERED,
	SIGNAL_IGNORED,
	SIGNAL_ALREADY_PENDING,
	SIGNAL_OVERFLOW_FAIL,
	SIGNAL_LOSE_INFO,
};

#endif
