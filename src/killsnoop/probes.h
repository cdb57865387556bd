/* The events of the kernel that are needed for what the options ask, in an instance. */
#ifndef KILLSNOOP_PROBES_H
#define KILLSNOOP_PROBES_H

#include "formats.h"
#include "instance.h"
#include "options.h"

/*
 * Prepares an instance: its clock, its buffers, the formats of the events,
 * and what the kernel filters.  Says on standard error what fails.  Returns
 * 0 or -errno.
 */
int probes_prepare(struct instance *, const struct options *, struct formats *);

/* Switches the events on.  The same about errors. */
int probes_enable(struct instance *, const struct options *);

#endif
