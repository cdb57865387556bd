/* Times in the output: -t, -r and -T. */
#ifndef TRACE_STAMP_H
#define TRACE_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "line.h"

/* Monotonic time in nanoseconds. */
uint64_t stamp_clock(void);

enum stamp_form {
	STAMP_SECONDS,	/* HH:MM:SS */
	STAMP_MICROS,	/* HH:MM:SS.uuuuuu */
};

/* Local time, and a blank.  Returns the length. */
size_t stamp_time_of_day(char buf[LINE_STAMP], enum stamp_form);

/* Seconds since the last line began, which is in *last: 0 for the first one.  Returns the length. */
size_t stamp_relative(uint64_t *last, char buf[LINE_STAMP]);

/* ` <0.000123>`, cut to `size`. */
void stamp_duration(char *buf, size_t size, uint64_t ns);

#endif
