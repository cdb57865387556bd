/*
 * The decoder: walks the tables for one system call and tells a sink what it
 * finds.  It keeps no state between calls, opens no files and makes no
 * system calls: memory of the traced process comes through `struct target`.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sink.h"
#include "tables.h"

/* Where the values of a call come from besides its registers.  No target (NULL) has no memory that can be read. */
struct target {
	void *ctx;	/* passed to the functions, owned by the caller */
	/*
	 * Read up to len bytes at addr.  Returns how many leading bytes could
	 * be read, 0 to len; fewer than len means that the next one cannot.
	 * May be NULL: none can.
	 */
	size_t (*read)(void *ctx, uint64_t addr, void *buf, size_t len);
	/* The second value of a result.  Returns 0, or -errno; may be NULL: none is known. */
	int (*also)(void *ctx, enum call_also what, uint64_t *value);
	/* The protocol (NETLINK_ROUTE) of a descriptor.  Returns 0, or -errno: no netlink socket; may be NULL. */
	int (*netlink)(void *ctx, int fd, uint64_t *protocol);
};

#define LIMIT_UNSET (-1)

struct decode_options {
	unsigned verbose;	/* 0, 1, 2: how much is shown of strings, arrays and structs */
	bool all_fields;	/* all fields of structs, as with verbose 2 */
	bool string_addresses;	/* -n: addresses instead of the strings behind them */
	bool addresses;		/* -nn: addresses instead of anything behind them but signal and descriptor sets */
	long string_limit;	/* bytes of a string or buffer; LIMIT_UNSET: by verbosity */
};

/* One system call, as registers.  The caller fills it in at entry and adds the result at exit. */
struct call_record {
	const struct call *call;	/* NULL: unknown number or foreign ABI, see decode_find */
	uint64_t nr;
	uint64_t arg[6];
	int64_t ret;			/* valid at exit, when err is 0 */
	int err;			/* positive errno of a failed call, or 0 */
	bool ret_unknown;		/* the result could not be had */
	unsigned word;			/* bytes in a word of the caller's ABI: 4 or 8 */
	bool is_kept;			/* by decode_keep */
	int32_t kept;			/* what was at call->keeps at entry */
};

/*
 * Keep what the call will have overwritten when it returns: the length of a
 * buffer.  For the engine to call at entry; without it what is there at exit
 * is taken instead.
 */
void decode_keep(struct call_record *, const struct target *);

/*
 * Will the entry half be the same when the call has returned?  So it is when
 * all that it reads are names of files, and none of the places that the call
 * fills in is where one may be.
 */
bool decode_late(const struct call_record *);

/* The row of a native call number, or NULL. */
const struct call *decode_find(uint64_t nr);

/* The row of a call by its name, or NULL. */
const struct call *decode_find_name(const char *name);

/*
 * The entry half: name, parameters up to the first that the call only fills
 * in.  A call that shows all parameters ends with params_end (or noresult,
 * for one that does not return).
 */
void decode_entry(const struct call_record *, const struct target *, const struct decode_options *,
		  struct sink *);

/*
 * The exit half: the parameters that were left, the result, and what the
 * call wrote beside it.  Starts where decode_entry stopped.
 */
void decode_exit(const struct call_record *, const struct target *, const struct decode_options *,
		 struct sink *);

/* Name of a value of an enum (TYPE_x of names.h), or NULL when none has it. */
const char *decode_constant(unsigned type, uint64_t value);

/*
 * Name of a signal without its SIG, real-time ones too; in buf when it has
 * to be made up.  NULL: not a signal.
 */
const char *decode_signal(uint64_t number, char buf[16]);

/*
 * One value of a type, shown through a sink: a scalar in `value`; for a
 * struct and other types that live in memory, their address.
 */
void decode_value(unsigned type, uint64_t value, const char *name, const struct target *,
		  const struct decode_options *, struct sink *);

#endif
