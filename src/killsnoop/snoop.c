#include "snoop.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "columns.h"
#include "filter.h"
#include "formats.h"
#include "instance.h"
#include "json.h"
#include "output.h"
#include "probes.h"
#include "reader.h"
#include "tasks.h"
#include "util/report.h"

#define SECOND UINT64_C(1000000000)

#define PROC_PID_INIT_INO 0xeffffffc	/* include/linux/proc_ns.h of the kernel */

/*
 * While events come we look for them this often, and the kernel need not
 * wake us for each: an interrupt at the sender's cost.  Long enough for that,
 * short enough for the buffers, which hold some 200 ms of the fastest sender.
 */
#define PAUSE_MS 3
#define MANY_PAGES 512	/* in one round: there are more already */
#define FLUSH_BYTES 65536
#define TELL_MS 1000	/* losses are told of that often */

struct snoop {
	const struct options *options;
	struct instance *instance;
	struct formats *formats;
	struct reader *reader;
	struct tasks *tasks;
	struct calls calls;
	struct output output;
	struct pollfd *fds;	/* stop, output, then the CPUs */
	uint64_t scanned;	/* when the scan of /proc was over, ns */
	bool backfilled;	/* what came before that has been looked at */
	uint64_t told, told_at;	/* losses told of so far, and when */
};

enum { FD_STOP, FD_OUTPUT, FD_CPUS };

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* Prints the rows that are complete. */
static int emit(struct snoop *s)
{
	const struct event *ev;
	struct row row;
	int r = 0;

	while (r == 0 && (ev = reader_next(s->reader))) {
		if (!calls_apply(&s->calls, ev, &row) || !filter_row(s->options, &row))
			continue;
		if (s->options->json)
			json_row(&row, &s->output.text);
		else
			columns_row(s->options, &row, &s->output.text);
		if (s->output.text.len >= FLUSH_BYTES)
			r = output_flush(&s->output);
	}
	return r < 0 ? r : output_flush(&s->output);
}

static void tell_losses(struct snoop *s)
{
	uint64_t t = now();

	if (s->calls.lost == s->told || t - s->told_at < TELL_MS * UINT64_C(1000000))
		return;
	report("lost %" PRIu64 " events: the buffers were full (-b makes them larger)", s->calls.lost - s->told);
	s->told = s->calls.lost;
	s->told_at = t;
}

static void tell_total(const struct snoop *s)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < instance_cpus(s->instance); i++) {
		struct losses losses;
		instance_lost(s->instance, i, &losses);
		lost += losses.overwritten + losses.dropped;
	}
	if (lost < s->calls.lost)
		lost = s->calls.lost;
	if (lost || s->calls.halves)
		report("lost %" PRIu64 " events in all; of %" PRIu64 " calls only a half was seen", lost, s->calls.halves);
	if (reader_bad_pages(s->reader))
		report("%" PRIu64 " pages of the buffers could not be understood", reader_bad_pages(s->reader));
}

static void backfill(void *arg, const struct event *ev)
{
	const struct snoop *s = arg;

	if (ev->ts <= s->scanned)
		tasks_backfill(s->tasks, ev);
}

/* Reads what there is and prints what is complete, once all is there that came before the scan of /proc was over. */
static int advance(struct snoop *s, size_t *pages)
{
	*pages = reader_drain(s->reader, now());
	if (!s->backfilled && reader_watermark(s->reader) <= s->scanned)
		return 0;
	if (!s->backfilled)
		reader_each(s->reader, backfill, s);
	s->backfilled = true;
	return emit(s);
}

/* Waits for events, at most so long (ms, -1: for ever).  Returns 1 when it is time to stop. */
static int wait_for(struct snoop *s, nfds_t n, int timeout)
{
	if (poll(s->fds, n, timeout) < 0)
		return errno != EINTR;
	for (nfds_t i = FD_CPUS; i < n; i++)
		if (s->fds[i].revents & POLLERR)	/* a CPU that is not there has no buffer to wait for */
			s->fds[i].fd = -1;
	return s->fds[FD_STOP].revents || s->fds[FD_OUTPUT].revents & (POLLERR | POLLHUP);
}

/*
 * Reads while the senders send.  When they keep all CPUs busy, our fair share
 * of one is not enough to keep up; so we take precedence, for moments.
 */
static int trace_live(struct snoop *s)
{
	nfds_t all = FD_CPUS + instance_cpus(s->instance);
	bool idle = true;
	size_t pages = 0;
	int r = 0;

	setpriority(PRIO_PROCESS, 0, -20);	/* as well as we can: without, it may be too slow */
	while (r == 0 && !s->output.stopping) {
		int timeout = !idle ? PAUSE_MS : s->calls.lost != s->told ? TELL_MS : -1;
		if (wait_for(s, idle ? all : FD_CPUS, pages < MANY_PAGES ? timeout : 0))
			break;
		r = advance(s, &pages);
		idle = pages == 0 && reader_held(s->reader) == 0;
		tell_losses(s);
	}
	return r;
}

static int trace_for(struct snoop *s, uint64_t duration)
{
	uint64_t end = now() + duration;
	bool stop = s->output.stopping;

	for (uint64_t t = now(); !stop && t < end; t = now()) {
		uint64_t ms = (end - t) / 1000000 + 1;
		stop = wait_for(s, FD_CPUS, ms < INT_MAX ? (int)ms : INT_MAX);
	}
	return 0;
}

/* What is left in the buffers when nothing is added any more. */
static int finish(struct snoop *s)
{
	size_t pages;
	int r = 0;

	if (!s->output.stopping)
		output_take_stop(&s->output);
	/* a terminal has shown ^C */
	report_notice(s->output.stopping && isatty(STDERR_FILENO) ? "\nEnding tracing...\n" : "Ending tracing...\n");
	instance_write(s->instance, "tracing_on", "0");
	for (unsigned i = 0; i < instance_cpus(s->instance); i++) {
		struct losses losses;
		instance_lost(s->instance, i, &losses);
		reader_end(s->reader, i, losses.dropped);
	}
	while (r == 0 && reader_watermark(s->reader) != UINT64_MAX)
		r = advance(s, &pages);
	calls_end(&s->calls);
	return r;
}

static int start(struct snoop *s)
{
	const struct options *o = s->options;
	int r = instance_open_cpus(s->instance);

	if (r < 0) {
		report("%s/per_cpu: %s", instance_path(s->instance), strerror(-r));
		return r;
	}
	unsigned cpus = instance_cpus(s->instance);
	s->reader = reader_new(s->formats, cpus, instance_page_size(s->instance));
	s->fds = calloc(FD_CPUS + cpus, sizeof(*s->fds));
	if (!s->reader || !s->fds) {
		report("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	s->fds[FD_STOP] = (struct pollfd){ .fd = s->output.stop, .events = POLLIN };
	s->fds[FD_OUTPUT] = (struct pollfd){ .fd = s->output.fd };
	for (unsigned i = 0; i < cpus; i++) {
		int fd = instance_cpu_fd(s->instance, i);
		reader_open(s->reader, i, fd);
		s->fds[FD_CPUS + i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}

	r = probes_enable(s->instance, o);
	if (r < 0)
		return r;
	r = tasks_scan(s->tasks);
	if (r < 0)
		report("/proc: %s", strerror(-r));
	s->scanned = now();
	return r;
}

static int trace(struct snoop *s)
{
	const struct options *o = s->options;
	int r = probes_prepare(s->instance, o, s->formats);

	if (r == 0)
		r = start(s);
	if (r < 0)
		return 1;
	report_notice("Tracing kill()s. Ctrl-C to end.\n");
	if (!o->json)
		columns_header(o, &s->output.text);
	r = output_flush(&s->output);
	if (r == 0)
		r = o->duration ? trace_for(s, o->duration) : trace_live(s);
	if (r == 0)
		r = finish(s);
	tell_total(s);
	if (r < 0 && r != -EPIPE && r != -EINTR) {
		report("standard output: %s", strerror(-r));
		return 1;
	}
	return 0;
}

static int explain(const char *root, int err)
{
	if (err == -EACCES || err == -EPERM)
		report("%s: %s (needs root)", root, strerror(-err));
	else if (err == -ENOENT)
		report("%s has no instances: needs Linux 4.1", root);
	else
		report("%s/instances: %s", root, strerror(-err));
	return 1;
}

/* Do the process IDs of events mean the processes that we know by them?  Yes, as far as we can see. */
static bool in_initial_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) != 0 || st.st_ino == PROC_PID_INIT_INO;
}

int snoop(const struct options *options, int stop)
{
	struct snoop s = { .options = options };
	char root[PATH_MAX];
	int status = 1;

	if (!in_initial_pid_namespace()) {
		report("events have the process IDs of the initial PID namespace, and this is another");
		return 1;
	}
	if (instance_root(root, sizeof(root)) < 0) {
		report("tracefs is not mounted; to mount it: mount -t tracefs tracefs /sys/kernel/tracing");
		return 1;
	}
	int r = instance_reap(root);
	if (r >= 0)
		r = instance_create(root, &s.instance);
	if (r < 0)
		return explain(root, r);

	output_init(&s.output, STDOUT_FILENO, stop);
	s.formats = formats_new();
	s.tasks = tasks_new();
	s.calls = (struct calls){
		.tasks = s.tasks,
		.wanted = options->target > 0 ? options->target : 0,
		.partial = filter_is_partial(options),
		.blind = options->pid != 0,
	};
	if (s.formats && s.tasks)
		status = trace(&s);
	else
		report("%s", strerror(ENOMEM));

	r = instance_destroy(s.instance);
	if (r < 0)
		report("%s stays behind: %s", root, strerror(-r));
	output_free(&s.output);
	formats_free(s.formats);
	reader_free(s.reader);
	tasks_free(s.tasks);
	free(s.fds);
	return status;
}
