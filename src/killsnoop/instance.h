/*
 * A private instance of the kernel's tracer: a directory in tracefs with
 * buffers and switches of its own.  Nothing outside of it is changed.
 *
 * Its name is killsnoop.PID, and its owner holds a lock on the directory
 * (flock): one whose lock can be had belongs to nobody any more.
 */
#ifndef KILLSNOOP_INSTANCE_H
#define KILLSNOOP_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/strbuf.h"

struct instance;

/* Where tracefs is mounted, in path.  Returns 0, -ENOENT when it is not, -ENAMETOOLONG. */
int instance_root(char *path, size_t size);

/* Removes the instances in `root` that have lost their owner.  Returns how many, or -errno. */
int instance_reap(const char *root);

/*
 * Makes one.  Returns 0; -ENOENT when this tracefs knows no instances
 * (Linux 4.1 brought them); -EACCES or -EPERM when that is not permitted.
 */
int instance_create(const char *root, struct instance **);

/* Closes everything and removes it.  Returns 0, or -errno when the directory had to stay. */
int instance_destroy(struct instance *);

/* Its directory. */
const char *instance_path(const struct instance *);

/* Writes to a file of it.  Returns 0 or -errno. */
int instance_write(struct instance *, const char *file, const char *text);

/* Appends to a file of it. */
int instance_append(struct instance *, const char *file, const char *text);

/* Appends the contents of a file of it to the buffer.  Returns 0 or -errno. */
int instance_read(const struct instance *, const char *file, struct strbuf *);

/* Lets go of the buffers at once when we die, however we die. */
int instance_guard(struct instance *);

/* Opens the raw buffers of all CPUs, non-blocking.  Returns 0 or -errno. */
int instance_open_cpus(struct instance *);

/* The buffers that instance_open_cpus opened. */
unsigned instance_cpus(const struct instance *);
int instance_cpu_fd(const struct instance *, unsigned cpu);

/* Bytes that one read of such a buffer may give. */
size_t instance_page_size(const struct instance *);

/* Events of one CPU that were lost. */
struct losses {
	uint64_t overwritten;	/* by later ones */
	uint64_t dropped;	/* because earlier ones must not be overwritten */
};

/* What the kernel says of them.  Returns 0, or -errno and none. */
int instance_lost(const struct instance *, unsigned cpu, struct losses *);

#endif
