/*
 * Signals, and the calls they interrupt.
 *
 * A signal stop never falls inside a call: the kernel first leaves the call
 * with one of its restart numbers, and then stops for the signal.  Such a
 * call is held open.  If no handler runs, the kernel makes the call again.
 * If one does, the call is over; whether with EINTR or to be made again when
 * the handler returns, the kernel decides while it builds the handler's
 * frame.  So a signal that will be caught is injected with a single step:
 * the kernel then stops the thread at the first instruction of the handler
 * (signal_setup_done, kernel/signal.c), and the frame tells.
 */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>

#include "kernel.h"
#include "memory.h"
#include "names.h"
#include "util/proc.h"

enum { FRAME_WORDS = 256 };	/* of a handler's frame: the registers lie before that on every architecture */

const char *signal_text(struct trace *tr, int sig)
{
	const struct text_options always_named = {.numeric = false};
	struct text_sink sink;

	text_sink_init(&sink, &always_named);
	decode_value(TYPE_signal, (uint64_t)sig, NULL, NULL, &tr->opt->decode, &sink.sink);
	strbuf_clear(&tr->name);
	strbuf_puts(&tr->name, strbuf_str(&sink.text));
	text_sink_free(&sink);
	return strbuf_str(&tr->name);
}

/* Does the program have a handler for it?  Unsure: no. */
static bool is_caught(pid_t tid, int sig)
{
	uint64_t caught;

	return proc_signals(tid, "SigCgt", &caught) == 0 && (caught >> (sig - 1) & 1) != 0;
}

/*
 * Where will the program go on when its handler returns?  The frame at sp
 * holds the interrupted registers; on all architectures the stack pointer is
 * followed by the program counter.  False when they cannot be found.
 */
static bool find_return(const struct tracee *t, uint64_t sp, uint64_t *ip)
{
	uint64_t words[FRAME_WORDS];
	size_t n = memory_read(t->tid, sp, words, sizeof(words)) / sizeof(words[0]);

	for (size_t i = 0; i + 1 < n; i++) {
		/* The call instruction itself when it will be made again: a few bytes before where it ends. */
		if (words[i] == t->sp && t->ip - words[i + 1] <= 8) {
			*ip = words[i + 1];
			return true;
		}
	}
	return false;
}

/* Asks the kernel seldom: few results have that value. */
bool signal_refused(const struct tracee *t, int64_t ret)
{
	struct ptrace_peeksiginfo_args next = {.nr = 1};
	siginfo_t si;

	if (ret != kernel_before_call(t->record.nr, t->record.arg[0]))
		return false;
	for (; ptrace(PTRACE_PEEKSIGINFO, t->tid, &next, &si) == 1; next.off++)
		if (si.si_signo == SIGSYS && si.si_code == KERNEL_SYS_SECCOMP)
			return true;
	return false;
}

/* The handler of a held call begins. */
static void handler_begins(struct trace *tr, struct tracee *t, const struct ptrace_syscall_info *info)
{
	bool shown, eintr = t->held_for == KERNEL_ERESTARTNOHAND || t->held_for == KERNEL_ERESTART_RESTARTBLOCK;
	uint64_t ip;

	if (t->held_for == KERNEL_ERESTARTSYS)
		eintr = find_return(t, info->stack_pointer, &ip) && ip == t->ip;
	if (eintr)
		shown = call_end(tr, t, EINTR);
	else
		shown = call_cut(tr, t);
	t->where = WHERE_OUTSIDE;
	if (shown)
		status_context(tr, t);
}

/* After a single step: at the start of the handler, or, when the handler was taken away meanwhile, past the call. */
static struct go step_done(struct trace *tr, struct tracee *t, const siginfo_t *si)
{
	struct ptrace_syscall_info info;

	if (!stop_info(t, &info))
		return (struct go){0, 0};
	if (si->si_code == SIGTRAP)
		handler_begins(tr, t, &info);
	else
		call_end(tr, t, 0);	/* the call was made again where no stop could tell its result */
	return (struct go){PTRACE_SYSCALL, 0};
}

/* The siginfo_t of a signal is in our own memory, and no other is to be read. */
static size_t read_info(void *ctx, uint64_t addr, void *buf, size_t len)
{
	const siginfo_t *si = ctx;
	uint64_t at = addr - (uintptr_t)si;

	if (at >= sizeof(*si))
		return 0;
	len = len < sizeof(*si) - at ? len : (size_t)(sizeof(*si) - at);
	memcpy(buf, (const char *)si + at, len);
	return len;
}

void signal_info(struct trace *tr, siginfo_t *si, const char *name, struct sink *sink)
{
	struct target target = {.ctx = si, .read = read_info};

	decode_value(TYPE_struct_siginfo, (uintptr_t)si, name, &target, &tr->opt->decode, sink);
}

/* Its name, and with -v what else is known of it. */
static const char *arrival_text(struct trace *tr, struct tracee *t, siginfo_t *si)
{
	signal_text(tr, si->si_signo);
	if (tr->opt->decode.verbose > 0 && !tr->opt->decode.addresses) {
		struct text_sink sink;

		text_sink_init(&sink, &tr->sink.opt);
		sink.ctx = &tr->descriptors;
		call_describe(tr, t);
		signal_info(tr, si, NULL, &sink.sink);
		strbuf_putc(&tr->name, ' ');
		strbuf_puts(&tr->name, channel_text(tr, &sink.text));
		text_sink_free(&sink);
	}
	return channel_text(tr, &tr->name);
}

static void put_signal(struct trace *tr, struct tracee *t, siginfo_t *si)
{
	if (!t->line.open && channel_line(tr, t)->owner != &t->line)	/* consecutive signals stay on one line */
		status_stack(tr, t);
	if (tr->opt->json)
		json_event_signal(tr, t, si);
	else
		line_signal(channel_line(tr, t), &t->line, arrival_text(tr, t, si));
}

struct go signal_stop(struct trace *tr, struct tracee *t, int sig)
{
	bool stepping = t->stepping;
	siginfo_t si;

	t->stepping = false;
	if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &si) < 0)
		return (struct go){0, 0};
	if (stepping && sig == SIGTRAP)
		return step_done(tr, t, &si);
	if (sig == SIGQUIT && si.si_code == SI_KERNEL) {	/* Ctrl-\ on the terminal: the information key */
		status_info(tr, t);
		return (struct go){PTRACE_SYSCALL, 0};
	}
	if (filter_signal(&tr->opt->filter, sig))
		put_signal(tr, t, &si);
	if (t->where == WHERE_HELD && is_caught(t->tid, sig)) {
		t->stepping = true;
		return (struct go){PTRACE_SINGLESTEP, sig};
	}
	return (struct go){PTRACE_SYSCALL, sig};
}
