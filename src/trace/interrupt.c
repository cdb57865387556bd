#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

/* Handlers have nowhere else to leave their news. */
static volatile sig_atomic_t stops, infos, ticks, ticking, idle_ticks;
static sig_atomic_t looked;	/* of the stops */
static timer_t repeat, tick;

static const struct itimerspec every_millisecond = {{0, 1000000}, {0, 1000000}}, never;
static const struct itimerspec every_tick = {{0, 50000000}, {0, 50000000}};

/*
 * Then the ticks stop.  More than one, as one may come just before a call that
 * blocks; and many, as on a busy machine several may pass before we run again.
 */
enum { IDLE_TICKS = 20 };

static void on_tick(void)
{
	ticks = ticks + 1;
	idle_ticks = idle_ticks + 1;
	if (ticking && idle_ticks >= IDLE_TICKS) {
		ticking = 0;
		timer_settime(tick, 0, &never, NULL);
	}
}

void interrupt_tick_soon(void)
{
	idle_ticks = 0;
	if (ticking)
		return;
	ticking = 1;
	timer_settime(tick, 0, &every_tick, NULL);
}

unsigned interrupt_ticks(void)
{
	return (unsigned)ticks;
}

static void on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGALRM)
		on_tick();
	if (sig == SIGALRM || sig == SIGQUIT) {	/* SIGQUIT: the tracees have it too, see signal_stop */
		errno = saved;
		return;
	}
	if (sig == SIGUSR1)
		infos = infos + 1;
	else
		stops = stops + 1;
	timer_settime(repeat, 0, &every_millisecond, NULL);
	errno = saved;
}

/*
 * Ignored, it would take the exit statuses from us.  The stops of children
 * need no signal, as we wait for them: two of them cost as much as a system call.
 */
static void quiet_children(void)
{
	struct sigaction quiet = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};

	sigemptyset(&quiet.sa_mask);
	sigaction(SIGCHLD, &quiet, NULL);
}

/* A signal that we were told to ignore (nohup, a shell's background job) stays so. */
static void handle(int sig)
{
	struct sigaction old, new = {.sa_handler = on_signal};

	sigemptyset(&new.sa_mask);
	if ((sig == SIGINT || sig == SIGHUP) && sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	sigaction(sig, &new, NULL);
}

int interrupt_init(void)
{
	static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGQUIT, SIGALRM};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	sigset_t set;

	if (timer_create(CLOCK_MONOTONIC, &event, &repeat) < 0 || timer_create(CLOCK_MONOTONIC, &event, &tick) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);	/* a reader that goes away is a failed write, */
	signal(SIGXFSZ, SIG_IGN);	/* and so is a file that may not grow */
	quiet_children();
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		handle(handled[i]);
		sigaddset(&set, handled[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}

bool interrupt_news(const struct interrupts *seen)
{
	return (unsigned)stops != seen->stops || (unsigned)infos != seen->infos;
}

struct interrupts interrupt_look(void)
{
	timer_settime(repeat, 0, &never, NULL);	/* first: what comes after this sets it again */
	looked = stops;
	return (struct interrupts){(unsigned)looked, (unsigned)infos};
}

bool interrupt_pending(void)
{
	return stops != looked;
}
