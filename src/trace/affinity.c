#include "affinity.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

/* A set of another size than the C library's own, as CPU_ALLOC(3) makes. */
int cpus_get(pid_t tid, struct cpus *cpus)
{
	return sched_getaffinity(tid, sizeof(*cpus), (cpu_set_t *)cpus) < 0 ? -errno : 0;
}

int cpus_set(pid_t tid, const struct cpus *cpus)
{
	return sched_setaffinity(tid, sizeof(*cpus), (const cpu_set_t *)cpus) < 0 ? -errno : 0;
}

bool cpus_equal(const struct cpus *a, const struct cpus *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

enum { WORD_BITS = 8 * sizeof(unsigned long), NWORDS = sizeof(struct cpus) / sizeof(unsigned long) };

struct cpus cpus_single(int cpu)
{
	struct cpus cpus = {{0}};

	cpus.words[cpu / WORD_BITS] = 1UL << cpu % WORD_BITS;
	return cpus;
}

int cpus_common(const struct cpus *a, const struct cpus *b, int preferred)
{
	int found = -1;

	for (int i = 0; i < NWORDS; i++) {
		unsigned long both = a->words[i] & b->words[i];
		if (preferred >= 0 && preferred / WORD_BITS == i && both >> preferred % WORD_BITS & 1)
			return preferred;
		if (both != 0 && found < 0)
			found = i * WORD_BITS + __builtin_ctzl(both);
	}
	return found;
}

bool cpus_is(pid_t tid, int cpu)
{
	const struct cpus single = cpus_single(cpu);
	struct cpus have;

	return cpus_get(tid, &have) == 0 && cpus_equal(&have, &single);
}

/*
 * All CPUs first: a thread that never had an affinity set then is like one
 * again, and gets the new CPUs of a cpuset that grows (cpuset(7)); one that
 * was shrunk meanwhile has changed what it has, but not what it will have then.
 */
void cpus_restore(pid_t tid, int cpu, const struct cpus *before)
{
	const struct cpus pinned = cpus_single(cpu);
	struct cpus want, have, all;

	if (cpus_equal(before, &pinned) || cpus_get(tid, &want) < 0)
		return;
	if (cpus_equal(&want, &pinned))
		want = *before;
	memset(&all, 0xff, sizeof(all));
	if (cpus_set(tid, &all) < 0 || cpus_get(tid, &have) < 0 || !cpus_equal(&have, &want))
		cpus_set(tid, &want);
}
