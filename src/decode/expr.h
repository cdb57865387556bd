/* Expressions of the tables: conditions, lengths, keys of switches. */
#ifndef DECODE_EXPR_H
#define DECODE_EXPR_H

#include "walk.h"

/*
 * Evaluates table_code[code..].  False when the value cannot be known: it
 * needs memory that cannot be read, a result that is not there yet, or
 * divides by zero.
 */
bool expr_eval(const struct walk *, struct scope *, unsigned code, int64_t *value);

/* The same for a size or count: negative values are unknown too. */
bool expr_size(const struct walk *, struct scope *, unsigned code, uint64_t *value);

/* A condition; one that cannot be known counts as true, and so does none. */
static inline bool expr_cond(const struct walk *w, struct scope *s, unsigned code)
{
	int64_t v;

	return code == 0 || !expr_eval(w, s, code, &v) || v != 0;
}

#endif
