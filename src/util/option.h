/* Options of the command line, beside getopt_long(3). */
#ifndef UTIL_OPTION_H
#define UTIL_OPTION_H

#include <getopt.h>

/*
 * Writes the letters that getopt_long wants, and a colon after those that
 * take an argument: the options of the table whose value is a character.
 * letters has room for two each, and a NUL.
 */
void option_letters(const struct option *, char *letters);

#endif
