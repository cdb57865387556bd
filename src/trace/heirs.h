/*
 * Threads that inherited one CPU while the tracer that knew of it ended.
 *
 * They are not known by number: who made them was in the call for that, and
 * may be gone.  But they are as new as that, and have nothing but that CPU.
 */
#ifndef TRACE_HEIRS_H
#define TRACE_HEIRS_H

#include <stdint.h>

#include "affinity.h"

/* Now, as heirs_restore wants it: the clock of the start times in /proc/PID/stat, and never 0. */
uint64_t heirs_now(void);

/* Gives all that were made since then and have only this CPU another affinity.  Looks several times, for some 20 ms. */
void heirs_restore(int cpu, const struct cpus *own, uint64_t since);

#endif
