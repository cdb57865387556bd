/* Which CPUs a thread may use. */
#ifndef TRACE_AFFINITY_H
#define TRACE_AFFINITY_H

#include <stdbool.h>
#include <sys/types.h>

/* CPUs, as many as the kernel can be configured for: 8192 (arch/x86/Kconfig, NR_CPUS_RANGE_END). */
struct cpus {
	unsigned long words[8192 / (8 * sizeof(unsigned long))];
};

/* Of a thread, 0: ourselves.  They return 0 or -errno. */
int cpus_get(pid_t tid, struct cpus *);
int cpus_set(pid_t tid, const struct cpus *);

bool cpus_equal(const struct cpus *, const struct cpus *);
struct cpus cpus_single(int cpu);

/* Is it the only one that the thread may use? */
bool cpus_is(pid_t tid, int cpu);

/* A CPU that both may use, the preferred one if possible; -1: none. */
int cpus_common(const struct cpus *, const struct cpus *, int preferred);

/*
 * Gives a thread that was put on one CPU its affinity back, or lets it keep
 * what it has been given since.  It may be gone.
 */
void cpus_restore(pid_t tid, int cpu, const struct cpus *before);

#endif
