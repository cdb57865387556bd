#include "probes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "util/proc.h"
#include "util/report.h"

#define MAX_EVENT 96	/* bytes of the path of an event's file */

/*
 * Buffers hold what comes while we do not run.  The kernel's own size, 1410
 * KB, is good for 20 ms of the fastest sender: a busy machine may let us wait
 * longer.  Beside other busy processes, a burst has lost some with four
 * megabytes.  But many CPUs must not cost much memory.
 */
#define BUFFER_KB 16384
#define BUFFER_KB_SUM 65536
#define BUFFER_KB_KERNEL 1410

/* Events that are not a call's. */
static const struct {
	enum event_kind kind;
	const char *event;
} others[] = {
	{ EVENT_NEWTASK, "task/task_newtask" },
	{ EVENT_RENAME, "task/task_rename" },
	{ EVENT_TASK_EXIT, "sched/sched_process_exit" },
	{ EVENT_SIGNAL, "signal/signal_generate" },
};
#define N_OTHERS (sizeof(others) / sizeof(others[0]))

static int failed(const struct instance *inst, const char *file, int err)
{
	report("%s/%s: %s", instance_path(inst), file, strerror(-err));
	return err;
}

static int set(struct instance *inst, const char *file, const char *text)
{
	int r = instance_write(inst, file, text);

	return r < 0 ? failed(inst, file, r) : 0;
}

/* A switch that older kernels lack because they always behave as if it were set this way. */
static int set_if_there(struct instance *inst, const char *file, const char *text)
{
	int r = instance_write(inst, file, text);

	return r < 0 && r != -ENOENT ? failed(inst, file, r) : 0;
}

/* Without -a only one call is shown; but to tell what no call sent, all of them must be known. */
static bool is_needed(const struct options *o, const struct call *call)
{
	return call->sends != NO_PARAM && (call == o->only || o->all || o->kernel);
}

static void call_event(char path[MAX_EVENT], const char *half, const struct call *call, const char *file)
{
	snprintf(path, MAX_EVENT, "events/syscalls/sys_%s_%s/%s", half, table_name(call->event), file);
}

static int add_format(struct instance *inst, struct formats *f, enum event_kind kind, const struct call *call,
		      const char *path)
{
	struct strbuf text = { 0 };
	int r = instance_read(inst, path, &text);

	if (r == 0)
		r = formats_add(f, kind, call, strbuf_str(&text), text.len);
	strbuf_free(&text);
	return r;
}

static int prepare_call(struct instance *inst, const struct options *o, struct formats *f, const struct call *call)
{
	struct strbuf text = { 0 };
	char path[MAX_EVENT];

	call_event(path, "enter", call, "format");
	int r = add_format(inst, f, EVENT_ENTER, call, path);
	if (r == -ENOENT && call != o->only)	/* newer than this kernel */
		return 0;
	if (r == -ENOENT) {
		report("this kernel has no events for system calls (CONFIG_FTRACE_SYSCALLS)");
		return r;
	}
	if (r == 0) {
		call_event(path, "exit", call, "format");
		r = add_format(inst, f, EVENT_EXIT, call, path);
	}
	if (r < 0)
		return failed(inst, path, r);

	filter_text(o, call, formats_param(f, call, call->to), &text);
	if (text.len) {
		call_event(path, "enter", call, "filter");
		r = set(inst, path, text.s);
	}
	strbuf_free(&text);
	return r;
}

static int prepare_signals(struct instance *inst, const struct options *o)
{
	struct strbuf text = { 0 };
	int r = 0;

	filter_signal_text(o, &text);
	if (text.len)
		r = set(inst, "events/signal/signal_generate/filter", text.s);
	strbuf_free(&text);
	return r;
}

struct thread_list {
	struct instance *inst;
	unsigned n;
};

static int add_thread(void *arg, pid_t tid)
{
	struct thread_list *list = arg;
	char text[16];

	snprintf(text, sizeof(text), "%d\n", (int)tid);
	list->n++;
	int r = instance_append(list->inst, "set_event_pid", text);
	return r == -ESRCH ? 0 : r;
}

/*
 * Only events of this process, and, as there is no other way to get its new
 * threads, of its children too.  Threads that come while the list is written
 * are children of listed ones or found in the next round.  Linux before 4.7
 * cannot follow new threads: there everything is recorded.
 */
static int limit_to_process(struct instance *inst, pid_t pid)
{
	unsigned before, now = 0;
	long process;
	int r = proc_status(pid, "Tgid", &process);

	if (r == 0 && process != pid) {
		report("%d is a thread of process %ld", pid, process);
		return -EINVAL;
	}
	r = instance_write(inst, "options/event-fork", "1");
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return failed(inst, "options/event-fork", r);
	do {
		struct thread_list list = { .inst = inst };
		before = now;
		r = proc_threads(pid, add_thread, &list);
		now = list.n;
	} while (r == 0 && now != before);
	if (r == -ESRCH)
		report("process %d: %s", (int)pid, strerror(ESRCH));
	else if (r < 0)
		failed(inst, "set_event_pid", r);
	return r;
}

static long buffer_kb(const struct options *o)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long kb = cpus > 0 && BUFFER_KB_SUM / cpus < BUFFER_KB ? BUFFER_KB_SUM / cpus : BUFFER_KB;

	if (o->buffer_kb)
		return o->buffer_kb;
	return kb > BUFFER_KB_KERNEL ? kb : BUFFER_KB_KERNEL;
}

static int prepare_buffers(struct instance *inst, const struct options *o)
{
	char kb[24];
	int r = set(inst, "trace_clock", "mono");	/* the same on all CPUs, and the clock the watermark is read from */

	snprintf(kb, sizeof(kb), "%ld", buffer_kb(o));
	if (r == 0)
		r = set(inst, "buffer_size_kb", kb);
	if (r == 0 && (r = instance_guard(inst)) < 0)
		failed(inst, "free_buffer", r);
	if (r == 0)	/* wake us at the first event, not when half of the buffer is full */
		r = set_if_there(inst, "buffer_percent", "0");
	if (r == 0)	/* when nobody reads until the end, what came first is what stays */
		r = set(inst, "options/overwrite", o->duration ? "0" : "1");
	if (r == 0)
		r = set(inst, "tracing_on", "0");	/* until all events are enabled: they begin together */
	return r;
}

int probes_prepare(struct instance *inst, const struct options *o, struct formats *f)
{
	char path[MAX_EVENT];
	int r = prepare_buffers(inst, o);

	for (unsigned i = 0; i < table_ncalls && r == 0; i++)
		if (is_needed(o, &table_calls[i]))
			r = prepare_call(inst, o, f, &table_calls[i]);
	for (size_t i = 0; i < N_OTHERS && r == 0; i++) {
		snprintf(path, sizeof(path), "events/%s/format", others[i].event);
		r = add_format(inst, f, others[i].kind, NULL, path);
		if (r < 0)
			failed(inst, path, r);
	}
	if (r == 0)
		r = prepare_signals(inst, o);
	if (r == 0 && o->pid)
		r = limit_to_process(inst, o->pid);
	return r;
}

static int enable(struct instance *inst, const char *path)
{
	return set(inst, path, "1");
}

int probes_enable(struct instance *inst, const struct options *o)
{
	char path[MAX_EVENT];
	int r = 0;

	for (size_t i = 0; i < N_OTHERS && r == 0; i++) {
		snprintf(path, sizeof(path), "events/%s/enable", others[i].event);
		if (others[i].kind != EVENT_SIGNAL)
			r = enable(inst, path);
	}
	for (unsigned i = 0; i < table_ncalls && r == 0; i++) {
		if (!is_needed(o, &table_calls[i]))
			continue;
		call_event(path, "enter", &table_calls[i], "enable");
		r = instance_write(inst, path, "1");
		if (r == -ENOENT)
			r = 0;
		else if (r < 0)
			failed(inst, path, r);
		call_event(path, "exit", &table_calls[i], "enable");
		if (r == 0)
			r = set_if_there(inst, path, "1");
	}
	if (r == 0 && filter_needs_signals(o))
		r = enable(inst, "events/signal/signal_generate/enable");
	if (r == 0)
		r = set(inst, "tracing_on", "1");
	return r;
}
