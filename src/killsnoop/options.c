#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "util/number.h"
#include "util/option.h"
#include "util/report.h"

/* What this program is named after, and shows unless it is asked for all. */
#define THE_CALL "kill"

#define MAX_SECONDS 1000000000.0

static const char usage[] =
	"usage: killsnoop [-ahjkstVx] [-b kb] [-d secs] [-n name] [-p pid] [-S signals] [-T pid]\n";

#define OPTION_TABLE "killsnoop/option_table.h"
#include "util/option_rows.h"

static void print_help(void)
{
	char option[32];

	printf("%sShows who sends signals to whom.\n", usage);
	for (const struct row *r = rows; r < rows + NROWS; r++) {
		const char letter[] = { '-', (char)r->id, ',', '\0' };
		snprintf(option, sizeof(option), "--%s%s%s", r->name, *r->argument ? " " : "", r->argument);
		printf("  %-3s %-17s %s\n", r->id < OPT_FIRST ? letter : "", option, r->text);
	}
}

static bool bad(const char *what, const char *text)
{
	report("%s: %s", what, text);
	return false;
}

static bool parse_duration(const char *text, uint64_t *ns)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')	/* neither blanks, signs nor names of numbers */
		return false;
	double secs = strtod(text, &end);
	if (*end || strspn(text, "0123456789.") != strlen(text) || !(secs > 0) || secs > MAX_SECONDS)
		return false;
	*ns = (uint64_t)(secs * 1e9);
	return *ns > 0;
}

static bool parse_regex(struct options *o, const char *text)
{
	char why[128];

	if (o->has_comm)
		regfree(&o->comm);
	int err = regcomp(&o->comm, text, REG_EXTENDED | REG_NOSUB);
	o->has_comm = err == 0;
	if (err == 0)
		return true;
	regerror(err, &o->comm, why, sizeof(why));
	report("bad regular expression: %s: %s", text, why);
	return false;
}

static bool parse_signals(struct options *o, const char *text)
{
	char *list = strdup(text);
	const char *wrong = list ? signals_parse(list, o->signals) : text;

	o->has_signals = true;
	if (wrong)
		bad("not a signal", wrong);
	free(list);
	return !wrong;
}

static bool parse_argument(struct options *o, int opt, const char *text)
{
	long n;

	switch (opt) {
	case 'b':
		if (!parse_number(text, 1, INT_MAX, &o->buffer_kb))
			return bad("not a buffer size in KB", text);
		return true;
	case 'd':
		return parse_duration(text, &o->duration) || bad("not a duration in seconds", text);
	case 'n':
		return parse_regex(o, text);
	case 'p':
		if (!parse_number(text, 1, INT_MAX, &n))
			return bad("not a process ID", text);
		o->pid = (pid_t)n;
		return true;
	case 'S':
		return parse_signals(o, text);
	case 'T':
		if (!parse_number(text, -INT_MAX, INT_MAX, &n) || n == 0)
			return bad("not a process or process group ID", text);
		o->target = (int)n;
		return true;
	default:
		return false;
	}
}

enum parsed options_parse(struct options *o, int argc, char **argv)
{
	static char program[] = "killsnoop";
	char letters[2 * NROWS + 1];
	int opt;

	if (argc > 0)
		argv[0] = program;	/* in messages of getopt_long, as in ours */
	option_letters(long_options, letters);
	*o = (struct options){ .only = decode_find_name(THE_CALL) };
	while ((opt = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		switch (opt) {
		case 'a': o->all = true; break;
		case 'j': o->json = true; break;
		case 'k': o->kernel = true; break;
		case 's': o->names = true; break;
		case 't': o->time = true; break;
		case 'V': o->verbose = true; break;
		case 'x': o->failed = true; break;
		case 'h':
			print_help();
			return PARSED_HELP;
		case OPT_VERSION:
			printf("killsnoop %s\n", DEFTRACE_VERSION);
			return PARSED_HELP;
		default:
			if (!parse_argument(o, opt, optarg)) {
				fputs(usage, stderr);
				return PARSED_ERROR;
			}
		}
	}
	if (optind < argc) {
		bad("unexpected operand", argv[optind]);
		fputs(usage, stderr);
		return PARSED_ERROR;
	}
	return PARSED_RUN;
}

void options_free(struct options *o)
{
	if (o->has_comm)
		regfree(&o->comm);
	o->has_comm = false;
}
