/*
 * The kernel's half of a filter: a program for seccomp(2) that lets calls
 * which are not shown go on without a stop.
 *
 * It decides by number alone.  Calls of another ABI, and numbers that the
 * table does not have, always stop: what they are is for us to say.  So do
 * those that make children, begin programs, or go on with another call: the
 * engine has to see them, shown or not.
 */
#ifndef TRACE_BPF_H
#define TRACE_BPF_H

#include <linux/filter.h>
#include <stddef.h>

#include "filter.h"

/*
 * What its stops say (SECCOMP_RET_DATA): with any other number, it is a filter
 * of the program itself that asks for a tracer.
 */
enum { BPF_MARK = 0xdef7 };

/* Does a call of that native number have to stop? */
bool bpf_stops(const struct filter *, uint64_t nr);

/* Makes the program, to be freed with free(). Returns its length in instructions; 0: out of memory, or too long. */
size_t bpf_make(const struct filter *, struct sock_filter **program);

#endif
