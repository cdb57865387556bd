/* What /proc says of a process.  All return 0 or -errno; -ESRCH when it is gone. */
#ifndef UTIL_PROC_H
#define UTIL_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COMM_SIZE 16	/* TASK_COMM_LEN, with the NUL */

/* Is what is mounted there of another PID namespace than ours?  Then its numbers are others. */
bool proc_is_foreign(void);

/* Name of a thread, as /proc/PID/comm has it. */
int proc_comm(pid_t, char comm[COMM_SIZE]);

/* A numeric field of /proc/PID/status, such as "PPid" or "Tgid". */
int proc_status(pid_t, const char *field, long *value);

/* The process that a thread belongs to; on failure the thread's own id. */
int proc_process(pid_t tid, pid_t *pid);

/* Its parent as the process itself sees it, which may be in a pid namespace of its own: 0 outside of that. */
int proc_parent(pid_t, long *parent);

enum proc_id {
	PROC_USER,
	PROC_GROUP,
};

/* Its effective id as the process itself sees it, which may be in a user namespace of its own: there, the real one is `real`. */
int proc_effective_id(pid_t, enum proc_id, long real, long *effective);

/* A set of signals of /proc/PID/status, such as "SigCgt": bit n - 1 is signal n. */
int proc_signals(pid_t, const char *field, uint64_t *set);

/* State ('R', 'Z', ... as in ps) and flags (PF_ of the kernel's sched.h) of /proc/PID/stat. */
int proc_state(pid_t, char *state, unsigned *flags);

/* When a thread was made, in ticks of sysconf(_SC_CLK_TCK) after boot: starttime of /proc/PID/stat. */
int proc_start(pid_t tid, uint64_t *ticks);

/*
 * The protocol (NETLINK_ROUTE, ..) of a netlink socket that the process has
 * open, from the list of those in its network namespace; -ENOTSOCK when it is
 * none, -ENOENT when it is not listed: without a name yet, or from elsewhere.
 */
int proc_netlink(pid_t, int fd, unsigned *protocol);

/* Calls fn for every thread of the process; stops early when it returns non-zero, and returns that. */
int proc_threads(pid_t, int (*fn)(void *, pid_t tid), void *);

#endif
