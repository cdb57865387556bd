/*
 * Kinds: the scalar types of syscalls.def that C code prints.  Kind K is
 * printed by put_K(); all of them are in one table, made from the list in
 * the generated names.h.
 */
#ifndef DECODE_KINDS_H
#define DECODE_KINDS_H

#include "names.h"
#include "walk.h"

struct item {
	const char *name;	/* of the parameter or field, or NULL */
	unsigned kind;		/* KIND_x */
	uint64_t value;		/* for a kind with storage; extended to 64 bits by its signedness */
	unsigned width;		/* bytes of it */
	uint64_t addr;		/* for a kind without storage, or with more of it than 8 bytes */
	uint64_t size;		/* what `sized` says, or SIZE_NONE: bytes; fdset: descriptors */
};

#define DECLARE_KIND(K) bool put_##K(struct walk *, const struct item *);
TABLE_KINDS(DECLARE_KIND)
#undef DECLARE_KIND

/* Shows an item.  False: its memory could not be read at all, nothing was shown. */
bool put_kind(struct walk *, const struct item *);

/*
 * The number that a value of the kind stands for, as constants are written:
 * be16 and be32 hold it in network byte order.
 */
uint64_t kind_host_order(unsigned kind, uint64_t value);

/* How its numbers look when nothing names them. */
enum format kind_format(unsigned kind);

/* Arrays of it are strings. */
bool kind_is_bytes(unsigned kind);

/* It is a set of signals, descriptors or CPUs. */
bool kind_is_set(unsigned kind);

/* An array of n bytes of such a kind. */
bool put_bytes(struct walk *, const char *name, unsigned kind, uint64_t addr, uint64_t n);

#endif
