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
#include "util/report.h"

/* What this program is named after, and shows unless it is asked for all. */
#define THE_CALL "kill"

#define MAX_SECONDS 1000000000.0

static const char usage[] =
	"usage: killsnoop [-ahjkstVx] [-b kb] [-d secs] [-n name] [-p pid] [-S signals] [-T pid]\n";

static const char help[] =
	"Shows who sends signals to whom.\n"
	"  -a, --all             every call that sends a signal, not just kill()\n"
	"  -b, --buffer KB       ring buffer per CPU\n"
	"  -d, --duration SECS   trace that long, print at the end\n"
	"  -h, --help            this text\n"
	"  -j, --json            one JSON object a line\n"
	"  -k, --kernel          also signals that no call sent\n"
	"  -n, --name REGEX      only senders whose name matches\n"
	"  -p, --pid PID         only calls made by this process\n"
	"  -s, --names           names for signals\n"
	"  -S, --signal LIST     only these signals: 9,TERM,RTMIN+1\n"
	"  -t, --time            the time of each call, in seconds\n"
	"  -T, --target PID      only signals for this process, or group if negative\n"
	"  -V, --verbose-call    the call in full\n"
	"      --version         version\n"
	"  -x, --failed          only calls that failed\n";

enum { OPT_VERSION = 256 };

static const struct option longopts[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "buffer", required_argument, NULL, 'b' },
	{ "duration", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "kernel", no_argument, NULL, 'k' },
	{ "name", required_argument, NULL, 'n' },
	{ "pid", required_argument, NULL, 'p' },
	{ "names", no_argument, NULL, 's' },
	{ "signal", required_argument, NULL, 'S' },
	{ "time", no_argument, NULL, 't' },
	{ "target", required_argument, NULL, 'T' },
	{ "verbose-call", no_argument, NULL, 'V' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "failed", no_argument, NULL, 'x' },
	{ NULL, 0, NULL, 0 },
};

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
	int opt;

	*o = (struct options){ .only = decode_find_name(THE_CALL) };
	while ((opt = getopt_long(argc, argv, "ab:d:hjkn:p:sS:tT:Vx", longopts, NULL)) != -1) {
		switch (opt) {
		case 'a': o->all = true; break;
		case 'j': o->json = true; break;
		case 'k': o->kernel = true; break;
		case 's': o->names = true; break;
		case 't': o->time = true; break;
		case 'V': o->verbose = true; break;
		case 'x': o->failed = true; break;
		case 'h':
			printf("%s%s", usage, help);
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
