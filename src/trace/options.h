/* The command line of trace. */
#ifndef TRACE_OPTIONS_H
#define TRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "command.h"
#include "decode/decode.h"
#include "filter.h"
#include "placement_policy.h"
#include "summary.h"

enum time_format {
	TIME_NONE,
	TIME_SECONDS,	/* HH:MM:SS */
	TIME_MICROS,	/* HH:MM:SS.uuuuuu */
	TIME_RELATIVE,	/* seconds since the line before */
};

enum color {
	COLOR_AUTO,	/* on a terminal */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* --filter: where calls are filtered. */
enum filter_where {
	FILTER_AUTO,	/* in the kernel where that changes nothing else */
	FILTER_KERNEL,
	FILTER_USER,
};

enum summary_when {
	SUMMARY_NONE,
	SUMMARY_ONLY,	/* -c: instead of lines */
	SUMMARY_TOO,	/* -C: after them */
};

struct options {
	struct decode_options decode;
	bool names;		/* -V: all parameter and field names */
	bool paths;		/* -y: what is behind descriptors */
	bool numeric;		/* -n: numbers, no constants */
	bool follow;		/* -f */
	bool separate;		/* -ff: --output-per-process, if there is a file to write to */
	bool group;		/* -g */
	bool stack;		/* -s */
	bool json;		/* --json: JSON Lines instead of text */
	enum time_format time;
	bool relative;		/* -r, which is in `time` too */
	bool duration;		/* -T */
	struct filter filter;	/* -e, -P, -z, -Z */
	enum filter_where where;
	bool successful, failed;	/* -z, -Z, which are in `filter` too */
	enum summary_when summary;
	enum summary_sort summary_sort;
	bool sorted;		/* --summary-sort was given */
	enum color color;	/* --color */
	enum placement placement;	/* --placement */
	const char *output;	/* -o; NULL: standard error */
	bool list;		/* --list: show the table, trace nothing */
	bool per_process;	/* --output-per-process: to OUTPUT.PID for each */
	bool quiet;		/* -q: no lines but of calls and signals */
	pid_t *pids;		/* -p, each once; owned */
	size_t npids;
	char **command;		/* NULL: none */
	struct command_user user;	/* -u; the name is owned */
	char **environment;	/* -E: NAME=VALUE sets, NAME takes out; the array is owned */
	size_t nenvironment;
	char *argv0;		/* --argv0, or NULL */
};

/*
 * Reads the command line.  Ends the program for --help and --version, and
 * when it is wrong, with the usage on standard error and status 2.
 */
void options_parse(struct options *, int argc, char *argv[]);

void options_free(struct options *);

#endif
