#include "pins.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "away.h"
#include "heirs.h"

struct pins_shared {
	int cpu;
	unsigned nmasks;
	struct cpus masks[PINS_MASKS];
	_Atomic uint64_t since;	/* the first bequest that is not settled was made (heirs.h); 0: all are */
	int heirs_cpu;		/* what they inherit, and what they should have instead; stays when all are settled */
	struct cpus heirs;
	struct place {
		_Atomic pid_t tid;	/* 0: free.  Set before the thread is put on the CPU, cleared after it was restored */
		unsigned mask;
		bool marked;
	} places[PINS];
};

void pins_init(struct pins *p)
{
	*p = (struct pins){.keeper = -1};
}

int pins_begin(struct pins *p, int cpu, const struct cpus *own)
{
	if (!p->shared) {
		void *memory = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED)
			return -errno;
		p->shared = memory;
		p->shared->heirs_cpu = -1;
	}
	p->shared->cpu = cpu;
	p->own = *own;
	return 0;
}

static void restore(const struct pins_shared *s, const struct place *place, pid_t tid)
{
	cpus_restore(tid, s->cpu, &s->masks[place->mask]);
}

struct keeping {
	const struct pins *pins;
	int pipe[2];
};

/* Somebody may wait until the last who has a file open closes it, or want to unmount where it is. */
static void keep_only(int fd)
{
	dup2(fd, STDIN_FILENO);
	closefrom(STDIN_FILENO + 1);
	if (chdir("/") < 0)
		return;		/* there is nothing better */
}

/*
 * The keeper.  Nobody writes to its pipe; what is sent to the process group of
 * trace is not meant for it, and neither is the CPU, which it would have to
 * wait for.
 */
static void keep(void *ctx)
{
	const struct keeping *k = ctx;
	const struct pins_shared *s = k->pins->shared;
	sigset_t all;
	char c;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setpgid(0, 0);
	cpus_set(0, &k->pins->own);
	prctl(PR_SET_NAME, "trace-keeper");
	keep_only(k->pipe[0]);
	if (read(STDIN_FILENO, &c, 1) != 0)
		return;
	uint64_t since = atomic_load(&s->since);
	for (const struct place *place = s->places; place < s->places + PINS; place++) {
		pid_t tid = atomic_load(&place->tid);
		if (tid != 0)
			restore(s, place, tid);
	}
	if (since != 0)
		heirs_restore(s->heirs_cpu, &s->heirs, since);
}

static int start_keeper(struct pins *p)
{
	struct keeping k = {.pins = p};

	if (p->keeper >= 0)
		return 0;
	if (p->alone)
		return -ECHILD;
	p->alone = true;
	if (pipe2(k.pipe, O_CLOEXEC) < 0)
		return -ECHILD;
	p->alone = away_run(keep, &k) < 0;
	close(k.pipe[0]);
	if (p->alone)
		close(k.pipe[1]);
	else
		p->keeper = k.pipe[1];
	return p->alone ? -ECHILD : 0;
}

/* The number of an affinity; -1: there are too many. */
static int mask_of(struct pins *p, const struct cpus *cpus)
{
	struct pins_shared *s = p->shared;

	if (p->n == 0)
		s->nmasks = 0;
	for (unsigned i = 0; i < s->nmasks; i++)
		if (cpus_equal(&s->masks[i], cpus))
			return (int)i;
	if (s->nmasks == PINS_MASKS)
		return -1;
	s->masks[s->nmasks] = *cpus;
	return (int)s->nmasks++;
}

static void clear(struct pins *p, struct place *place)
{
	atomic_store(&place->tid, 0);
	p->n--;
}

static void empty(struct pins *p, struct place *place)
{
	pid_t tid = atomic_load(&place->tid);

	if (tid == 0)
		return;
	restore(p->shared, place, tid);
	clear(p, place);
}

/* A place that is free, in the end. */
static unsigned make_room(struct pins *p)
{
	unsigned i = p->next;

	while (p->n < PINS && atomic_load(&p->shared->places[i].tid) != 0)
		i = (i + 1) % PINS;
	empty(p, &p->shared->places[i]);
	p->next = (i + 1) % PINS;
	return i;
}

static struct place *take_in(struct pins *p, pid_t tid, unsigned mask, struct pin *pin)
{
	pin->place = make_room(p);
	struct place *place = &p->shared->places[pin->place];
	place->mask = mask;
	place->marked = true;
	atomic_store(&place->tid, tid);
	p->n++;
	return place;
}

int pins_add(struct pins *p, pid_t tid, bool survives, struct pin *pin)
{
	struct pins_shared *s = p->shared;
	const struct cpus pinned = cpus_single(s->cpu);
	struct cpus before;
	int r = cpus_get(tid, &before), mask;

	if (r < 0)
		return r;
	if (cpus_common(&before, &pinned, s->cpu) < 0)
		return -EINVAL;
	if (survives && (r = start_keeper(p)) < 0)
		return r;
	if ((mask = mask_of(p, &before)) < 0)
		return -ENOSPC;
	struct place *place = take_in(p, tid, (unsigned)mask, pin);
	if (!cpus_equal(&before, &pinned) && (r = cpus_set(tid, &pinned)) < 0)
		clear(p, place);
	return r;
}

bool pins_has(const struct pins *p, pid_t tid, struct pin pin)
{
	return p->n > 0 && atomic_load(&p->shared->places[pin.place].tid) == tid;
}

void pins_mark(struct pins *p, struct pin pin)
{
	p->shared->places[pin.place].marked = true;
}

void pins_remove(struct pins *p, pid_t tid, struct pin pin)
{
	if (pins_has(p, tid, pin))
		empty(p, &p->shared->places[pin.place]);
}

void pins_remove_all(struct pins *p)
{
	for (unsigned i = 0; p->n > 0; i++)
		empty(p, &p->shared->places[i]);
}

void pins_remove_idle(struct pins *p)
{
	for (unsigned i = 0; p->n > 0 && i < PINS; i++) {
		struct place *place = &p->shared->places[i];
		if (!place->marked)
			empty(p, place);
		place->marked = false;
	}
}

bool pins_bequeath(struct pins *p, struct pin pin)
{
	struct pins_shared *s = p->shared;
	const struct cpus *own = &s->masks[s->places[pin.place].mask];

	if (start_keeper(p) < 0 || (p->bequests > 0 && (s->heirs_cpu != s->cpu || !cpus_equal(&s->heirs, own))))
		return false;
	if (p->bequests == 0) {
		s->heirs = *own;
		s->heirs_cpu = s->cpu;
		atomic_store(&s->since, heirs_now());
	}
	p->bequests++;
	return true;
}

void pins_settle(struct pins *p)
{
	if (p->bequests > 0 && --p->bequests == 0)
		atomic_store(&p->shared->since, 0);
}

bool pins_inherit(struct pins *p, pid_t child, struct pin *pin)
{
	int mask = cpus_is(child, p->shared->cpu) ? mask_of(p, &p->shared->heirs) : -1;

	if (mask < 0 || p->shared->heirs_cpu != p->shared->cpu)
		return false;
	take_in(p, child, (unsigned)mask, pin);
	return true;
}

void pins_disinherit(struct pins *p, pid_t child)
{
	const struct pins_shared *s = p->shared;

	if (s && s->heirs_cpu >= 0 && cpus_is(child, s->heirs_cpu))
		cpus_restore(child, s->heirs_cpu, &s->heirs);
}

void pins_forget(struct pins *p, pid_t tid, struct pin pin)
{
	if (pins_has(p, tid, pin))
		clear(p, &p->shared->places[pin.place]);
}

void pins_end(struct pins *p)
{
	pins_remove_all(p);
	if (p->keeper >= 0)
		close(p->keeper);
	if (p->shared)
		munmap(p->shared, sizeof(*p->shared));
	pins_init(p);
}
