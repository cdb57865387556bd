/*
 * The options of a program from its table, whose file is OPTION_TABLE: the
 * values of those without a letter, the rows for --help, and the options for
 * getopt_long(3).  Included once, by the file that parses the options.
 */
#include <getopt.h>
#include <stddef.h>

/* Those without a letter. */
enum {
	OPT_FIRST = 255,
#define LETTER(letter, name, argument, text, completion)
#define LONG(id, name, argument, text, completion) id,
#include OPTION_TABLE
};

static const struct row {
	int id;		/* a letter, or OPT_x */
	const char *name, *argument, *text;
} rows[] = {
#define LETTER(letter, name, argument, text, completion) {letter, name, argument, text},
#define LONG(id, name, argument, text, completion) {id, name, argument, text},
#include OPTION_TABLE
};

static const struct option long_options[] = {
#define LETTER(letter, name, argument, text, completion) {name, sizeof(argument) > 1, NULL, letter},
#define LONG(id, name, argument, text, completion) {name, sizeof(argument) > 1, NULL, id},
#include OPTION_TABLE
	{NULL, 0, NULL, 0},
};

enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
