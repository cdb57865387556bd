/* Numbers that a person typed. */
#ifndef UTIL_NUMBER_H
#define UTIL_NUMBER_H

#include <stdbool.h>

/* A whole decimal number between min and max, nothing before or after it. */
bool parse_number(const char *text, long min, long max, long *value);

#endif
