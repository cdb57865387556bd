/* trace: shows the system calls of a command or of running processes. */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "color.h"
#include "guard.h"
#include "interrupt.h"
#include "match.h"
#include "stack.h"
#include "stamp.h"
#include "util/fds.h"
#include "util/proc.h"
#include "util/report.h"

static void write_line(void *ctx, const char *bytes, size_t n)
{
	output_write(ctx, bytes, n);
}

static void write_colored(void *ctx, const char *bytes, size_t n)
{
	color_write(ctx, bytes, n);
}

static size_t stamp_seconds(void *ctx, char buf[LINE_STAMP])
{
	(void)ctx;
	return stamp_time_of_day(buf, STAMP_SECONDS);
}

static size_t stamp_micros(void *ctx, char buf[LINE_STAMP])
{
	(void)ctx;
	return stamp_time_of_day(buf, STAMP_MICROS);
}

static size_t stamp_since_last(void *ctx, char buf[LINE_STAMP])
{
	struct output *out = ctx;

	return stamp_relative(&out->last_line, buf);
}

/* -c: lines are not shown. */
static void write_nothing(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
}

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3 (ptrace(2)), and nothing works without it. */
static void need_kernel(void)
{
	unsigned major, minor;
	struct utsname u;

	if (uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	    (major < 5 || (major == 5 && minor < 3)))
		die(EXIT_FAILURE, "needs Linux 5.3 or later, this is %s", u.release);
}

static void init(struct trace *tr, const struct options *opt)
{
	static size_t (*const stamps[])(void *, char buf[LINE_STAMP]) = {
		[TIME_NONE] = NULL, [TIME_SECONDS] = stamp_seconds, [TIME_MICROS] = stamp_micros,
		[TIME_RELATIVE] = stamp_since_last,
	};
	const struct line_out out = {.ctx = &tr->out, .stamp = stamps[opt->time],
				     .write = opt->summary == SUMMARY_ONLY ? write_nothing : write_line};
	const struct text_options text = {.names = opt->names, .numeric = opt->numeric,
					.descriptor = opt->paths ? descriptor_printable : NULL};

	tr->opt = opt;
	tr->go_fd = tr->failure_fd = -1;
	line_init(&tr->line, &out);
	text_sink_init(&tr->sink, &text);
	json_sink_init(&tr->json);
	tr->json.descriptor = opt->paths ? descriptor_raw : NULL;
	tr->sink.ctx = tr->json.ctx = &tr->descriptors;
	if (opt->summary != SUMMARY_NONE && summary_init(&tr->summary) < 0)
		die(EXIT_FAILURE, "out of memory");
	if (filter_needs_match(&opt->filter) && !(tr->match = match_new(&opt->filter)))
		die(EXIT_FAILURE, "out of memory");
	if (tracees_init(&tr->tracees) < 0 || (opt->stack && !(tr->stack = stack_new(opt->decode.verbose))))
		die(EXIT_FAILURE, "out of memory");
}

static void clean_up(struct trace *tr)
{
	tracees_free(&tr->tracees);
	text_sink_free(&tr->sink);
	json_sink_free(&tr->json);
	strbuf_free(&tr->text);
	strbuf_free(&tr->name);
	stack_free(tr->stack);
	match_free(tr->match);
	free(tr->program);
	summary_free(&tr->summary);
	handles_free(&tr->descriptors.handles);
	free(tr->events);
}

/* With --output-per-process, files are opened when their processes are there: as many as there may be. */
static int open_output(struct trace *tr)
{
	struct rlimit files;

	if (!tr->opt->per_process)
		return output_open(&tr->out, tr->opt->output);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	output_none(&tr->out);
	return 0;
}

/* Everything up to the first event.  False when something failed: that was reported. */
static bool begin(struct trace *tr)
{
	const struct options *opt = tr->opt;
	int r = opt->command ? start_fork(tr) : 0;

	if (r == 0)
		r = interrupt_init();
	if (r == 0 && (r = open_output(tr)) < 0) {
		report("cannot open %s: %s", opt->output, strerror(-r));
		return false;
	}
	tr->sink.opt.marks = color_wanted(opt->color, tr->out.fd);
	if (tr->sink.opt.marks && tr->line.out.write == write_line)
		tr->line.out.write = write_colored;
	if (r == 0 && opt->command)
		r = start_seize(tr);
	if (r < 0) {
		report("cannot start tracing: %s", strerror(-r));
		return false;
	}
	if (attach_all(tr) < 0)
		return false;
	if (tr->out.err != 0)
		report("cannot open %s.PID: %s", opt->output, strerror(tr->out.err));
	return tr->out.err == 0;
}

static void put_summary(struct trace *tr)
{
	struct strbuf *b = &tr->text;

	if (tr->opt->summary == SUMMARY_NONE)
		return;
	strbuf_clear(b);
	summary_print(&tr->summary, tr->opt->summary_sort, b);
	output_write(&tr->out, strbuf_str(b), b->len);
	channel_text(tr, b);
}

static void serve(void *ctx)
{
	engine_serve(ctx);
}

/* Returns a wait status to end with. */
static int finish(struct trace *tr, bool has_command)
{
	int r = output_close(&tr->out);

	if (tr->out.reader.pidfd >= 0)
		reader_wait(&tr->out.reader, serve, tr);
	if (r == -ENOMEM) {
		report("out of memory");
		return W_EXITCODE(EXIT_FAILURE, 0);
	}
	if (r == -EINTR && !tr->opt->output)	/* nobody reads this, either */
		return W_EXITCODE(EXIT_FAILURE, 0);
	if (r < 0) {
		report("cannot write to %s: %s", tr->opt->output ? tr->opt->output : "standard error", strerror(-r));
		return W_EXITCODE(EXIT_FAILURE, 0);
	}
	if (tr->error != 0 || !has_command)
		return W_EXITCODE(tr->error, 0);
	return tr->status;
}

/* The kernel filters the calls of a command, if that is asked for.  The tracer is then a process of its own. */
static int begin_filter(struct trace *tr)
{
	const struct options *opt = tr->opt;

	if (!opt->command || !opt->filter.calls.given || opt->where == FILTER_USER)
		return -1;
	tr->program_size = bpf_make(&opt->filter, &tr->program);
	if (tr->program_size == 0)
		die(EXIT_FAILURE, "out of memory");
	int guard = guard_fork();
	if (guard < 0)
		die(EXIT_FAILURE, "cannot start tracing: %s", strerror(-guard));
	return guard;
}

/* When something has to be traced on, stays with it; somebody in front then ends as one with that wait status. */
static int end(struct trace *tr, int guard, int status)
{
	if (guard < 0 || !engine_left(tr))
		return guard_exit_as(status);
	guard_end(guard, status);
	engine_stay(tr);
	return EXIT_SUCCESS;
}

/* With privileges that its user lacks, a tracer hands them on: whoever may trace may do whatever the traced may. */
static void refuse_privileges(void)
{
	if (getauxval(AT_SECURE) != 0 || geteuid() != getuid() || getegid() != getgid())
		die(EXIT_FAILURE, "will not run set-user-ID, set-group-ID or with capabilities of its file");
}

int main(int argc, char *argv[])
{
	static struct trace tr;
	static struct options opt;

	fds_fill_standard();
	report_program("trace");
	refuse_privileges();
	options_parse(&opt, argc, argv);
	need_kernel();
	if (proc_is_foreign())
		die(EXIT_FAILURE, "/proc is that of another PID namespace; mount it anew");
	init(&tr, &opt);
	int guard = begin_filter(&tr);
	bool begun = begin(&tr);
	if (begun) {
		attach_begin(&tr);
		if (opt.command)
			start_go(&tr);
		engine_run(&tr);
	} else {
		start_cancel(&tr);
	}
	channel_end(&tr);
	if (begun)
		put_summary(&tr);
	int status = begun ? finish(&tr, opt.command != NULL) : W_EXITCODE(EXIT_FAILURE, 0);
	status = end(&tr, guard, status);
	clean_up(&tr);
	options_free(&opt);
	return status;
}
