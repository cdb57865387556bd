/* --list: the definition as a reference that one can ask. */
#ifndef TRACE_LIST_H
#define TRACE_LIST_H

#include <stddef.h>

/* A definition of syscalls.def as it was written there; of a set only what is before its values. */
struct definition {
	enum {
		DEFINITION_KIND,
		DEFINITION_SET,
		DEFINITION_STRUCT,
		DEFINITION_CALL,
	} what;
	const char *name, *text;
};

/* In the order of the file; generated. */
extern const struct definition table_definitions[];
extern const unsigned table_ndefinitions;

/*
 * Prints on standard output what the patterns (glob(7)) match: calls, also by
 * their numbers, types, and constants; for a %class as in -e, its calls.
 * Without any, all calls and types.  Returns the exit status:
 * a pattern that nothing matches is reported and is a failure.
 */
int list_print(char *const *patterns, size_t n);

#endif
