/* Colours on a terminal. */
#ifndef TRACE_COLOR_H
#define TRACE_COLOR_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "output.h"

/* Is output to that descriptor to be coloured?  With `auto`: on a terminal that can, unless NO_COLOR says no. */
bool color_wanted(enum color, int fd);

/* Writes text, with the marks in it (enum text_mark) as what a terminal understands. */
void color_write(struct output *, const char *text, size_t n);

#endif
