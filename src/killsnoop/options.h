/* What the command line asks for. */
#ifndef KILLSNOOP_OPTIONS_H
#define KILLSNOOP_OPTIONS_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "decode/tables.h"
#include "signals.h"

struct options {
	bool names;		/* -s */
	bool time;		/* -t */
	bool failed;		/* -x */
	bool all;		/* -a */
	bool kernel;		/* -k */
	bool verbose;		/* -V */
	bool json;		/* -j */
	uint64_t duration;	/* -d, ns; 0: none */
	pid_t pid;		/* -p; 0: any */
	int target;		/* -T: process, or negative: group; 0: any */
	long buffer_kb;		/* -b, per CPU; 0: not given */
	bool has_comm;		/* -n */
	regex_t comm;		/* compiled when has_comm; freed by options_free */
	bool has_signals;	/* -S */
	bool signals[SIGNALS];
	const struct call *only;	/* the call shown without -a */
};

enum parsed {
	PARSED_RUN,	/* go on */
	PARSED_HELP,	/* --help or --version was answered */
	PARSED_ERROR,	/* the error and the usage are on standard error */
};

enum parsed options_parse(struct options *, int argc, char **argv);
void options_free(struct options *);

#endif
