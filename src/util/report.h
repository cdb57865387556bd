/* Messages to the person at the terminal: one line, `program: what: why`. */
#ifndef UTIL_REPORT_H
#define UTIL_REPORT_H

#include <stdarg.h>

enum {
	EXIT_USAGE = 2,			/* bad option or operand */
	EXIT_CANNOT_EXECUTE = 126,	/* the command was found and cannot be run */
	EXIT_NOT_FOUND = 127,		/* the command was not found */
};

/* The name messages begin with; not copied.  Called once, by main. */
void report_program(const char *name);

/*
 * Writes a text to standard error.  If nobody reads that for a second (the
 * terminal is stopped, a pipe full), it is dropped: there is more to be done.
 */
void report_notice(const char *text);

/* Writes one line in the same way. */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, then ends the program.  Only for main.c and what runs before anything needs undoing. */
void die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));

#endif
