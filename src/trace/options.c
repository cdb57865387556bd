#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "stack.h"
#include "util/number.h"
#include "util/option.h"
#include "util/report.h"

#define OPTION_TABLE "trace/option_table.h"
#include "util/option_rows.h"

static const char usage[] = "usage: trace [option]... [-p pid]... [command [arg]...]\n";

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(EXIT_USAGE);
}

/* Up to 39 characters. */
static void make_cell(char cell[96], const struct row *r)
{
	char option[32];

	snprintf(option, sizeof(option), "--%s%s%s", r->name, *r->argument ? " " : "", r->argument);
	if (r->id < OPT_FIRST)
		snprintf(cell, 96, "-%c, %-17s %s", r->id, option, r->text);
	else
		snprintf(cell, 96, "%-21s %s", option, r->text);
}

static void print_help(void)
{
	const struct row *shown[NROWS];
	char left[96], right[96];
	size_t n = 0;

	for (const struct row *r = rows; r < rows + NROWS; r++)
		if (*r->text)
			shown[n++] = r;
	printf("%sShows the system calls of a command, or of running processes.\n\n", usage);
	for (size_t i = 0, half = (n + 1) / 2; i < half; i++) {
		make_cell(left, shown[i]);
		make_cell(right, shown[half + i < n ? half + i : i]);
		if (half + i < n)
			printf("%-40s%s\n", left, right);
		else
			puts(left);
	}
	fputs("\nCtrl-C detaches from processes that were attached to; SIGUSR1, or Ctrl-\\ on\n"
	      "the terminal, shows what each process is doing.  See trace(1).\n", stdout);
}

/* After what was asked for went to standard output. */
static void exit_printed(void)
{
	exit(fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void add_pid(struct options *o, long pid)
{
	for (size_t i = 0; i < o->npids; i++)
		if (o->pids[i] == (pid_t)pid)
			return;
	pid_t *pids = realloc(o->pids, (o->npids + 1) * sizeof(*pids));
	if (!pids)
		die(EXIT_FAILURE, "out of memory");
	o->pids = pids;
	o->pids[o->npids++] = (pid_t)pid;
}

/* One or several, as pidof prints them, or between commas. */
static void add_pids(struct options *o, char *text)
{
	static const char separators[] = ", \t\n";
	char *copy = strdup(text), *rest;
	long pid;

	if (!copy)
		die(EXIT_FAILURE, "out of memory");
	char *word = strtok_r(copy, separators, &rest);
	do {
		if (!word || !parse_number(word, 1, INT_MAX, &pid)) {
			report("bad process id '%s'", word ? word : text);
			bad_usage();
		}
		add_pid(o, pid);
	} while ((word = strtok_r(NULL, separators, &rest)));
	free(copy);
}

static void set_string_limit(struct options *o, const char *text)
{
	if (parse_number(text, 0, LONG_MAX, &o->decode.string_limit))
		return;
	report("bad string limit '%s'", text);
	bad_usage();
}

static void set_user(struct options *o, const char *text)
{
	int r = command_find_user(text, &o->user);

	if (r < 0)
		die(r == -ENOENT ? EXIT_USAGE : EXIT_FAILURE, "no user '%s': %s", text,
		    r == -ENOENT ? "not in the user database" : strerror(-r));
}

static void add_variable(struct options *o, char *text)
{
	if (*text == '\0' || *text == '=') {
		report("bad variable '%s'", text);
		bad_usage();
	}
	char **all = realloc(o->environment, (o->nenvironment + 1) * sizeof(*all));
	if (!all)
		die(EXIT_FAILURE, "out of memory");
	o->environment = all;
	all[o->nenvironment++] = text;
}

static void set_color(struct options *o, const char *text)
{
	static const char *const names[] = {[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			o->color = (enum color)i;
			return;
		}
	}
	report("--color is auto, always or never, not '%s'", text);
	bad_usage();
}

static void set_placement(struct options *o, const char *text)
{
	static const char *const names[] = {
		[PLACEMENT_AUTO] = "auto", [PLACEMENT_SHARE] = "share", [PLACEMENT_FREE] = "free",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			o->placement = (enum placement)i;
			return;
		}
	}
	report("--placement is auto, share or free, not '%s'", text);
	bad_usage();
}

static void set_stack(struct options *o)
{
	const char *why = stack_load();

	if (why)
		die(EXIT_USAGE, "no stack traces: %s", why);
	o->stack = true;
}

static void add_filter(struct options *o, const char *expr)
{
	struct strbuf error = {0};

	if (!filter_add(&o->filter, expr, &error))
		die(EXIT_USAGE, "%s", strbuf_str(&error));
	strbuf_free(&error);
}

static void add_path(struct options *o, const char *path)
{
	if (*path == '\0')
		die(EXIT_USAGE, "-P needs a path");
	if (!filter_add_path(&o->filter, path))
		die(EXIT_FAILURE, "out of memory");
}

static void set_output(struct options *o, const char *name)
{
	if (name[*name == '|' ? 1 + strspn(name + 1, " \t\n") : 0] == '\0')
		die(EXIT_USAGE, "-o needs the name of a file, or '|' and a command");
	o->output = name;
}

static void set_filter_where(struct options *o, const char *text)
{
	static const char *const names[] = {[FILTER_AUTO] = "auto", [FILTER_KERNEL] = "kernel", [FILTER_USER] = "user"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			o->where = (enum filter_where)i;
			return;
		}
	}
	die(EXIT_USAGE, "--filter is auto, kernel or user, not '%s'", text);
}

static void set_summary(struct options *o, enum summary_when when)
{
	if (o->summary != SUMMARY_NONE && o->summary != when)
		die(EXIT_USAGE, "-c shows no lines, -C does: they cannot be used together");
	o->summary = when;
}

static void set_summary_sort(struct options *o, const char *text)
{
	if (!summary_sort_named(text, &o->summary_sort))
		die(EXIT_USAGE, "cannot sort a summary by '%s': there are time, calls, errors, avg, min, max and name", text);
	o->sorted = true;
}

/* getopt_long has said so; but `-s1000 command` is what strace takes. */
static void bad_option(const struct options *o)
{
	if (o->stack && optopt >= '0' && optopt <= '9')
		report("-s takes no number: for the length of strings, see --string-limit");
	bad_usage();
}

static void parse_option(struct options *o, int c)
{
	switch (c) {
	case 'f': o->separate = o->follow; o->follow = true; break;
	case 'g': o->group = true; break;
	case 'n': o->decode.addresses = o->numeric; o->numeric = o->decode.string_addresses = true; break;
	case 'o': set_output(o, optarg); break;
	case 'p': add_pids(o, optarg); break;
	case 's': set_stack(o); break;
	case 't': o->time = o->time == TIME_NONE ? TIME_SECONDS : TIME_MICROS; break;
	case 'v': o->decode.verbose += o->decode.verbose < 2; break;
	case 'y': o->paths = true; break;
	case 'e': add_filter(o, optarg); break;
	case 'P': add_path(o, optarg); break;
	case 'z': o->successful = true; break;
	case 'Z': o->failed = true; break;
	case 'c': set_summary(o, SUMMARY_ONLY); break;
	case 'C': set_summary(o, SUMMARY_TOO); break;
	case 'r': o->relative = true; break;
	case 'T': o->duration = true; break;
	case OPT_FILTER: set_filter_where(o, optarg); break;
	case 'S': set_summary_sort(o, optarg); break;
	case 'q': o->quiet = true; break;
	case 'u': set_user(o, optarg); break;
	case 'E': add_variable(o, optarg); break;
	case OPT_ARGV0: o->argv0 = optarg; break;
	case 'N':
	case 'V': o->names = true; break;
	case 'h': print_help(); exit_printed(); break;
	case OPT_LIST: o->list = true; break;
	case OPT_PER_PROCESS: o->per_process = true; break;
	case OPT_PLACEMENT: set_placement(o, optarg); break;
	case OPT_COLOR: set_color(o, optarg); break;
	case OPT_JSON: o->json = o->decode.all_fields = true; break;
	case OPT_STRING_LIMIT: set_string_limit(o, optarg); break;
	case OPT_VERSION: puts("trace (deftrace) " DEFTRACE_VERSION); exit_printed(); break;
	default: bad_option(o);
	}
}

/* Two options of which each makes the other one pointless. */
static void check_conflicts(const struct options *o)
{
	const struct {
		bool both;
		const char *why;
	} conflicts[] = {
		{o->list && (o->npids > 0 || o->output || o->json || o->summary != SUMMARY_NONE || o->filter.calls.given),
		 "--list traces nothing: its operands are patterns, and it cannot be used with -c, -C, -e, -o, -p or --json"},
		{o->successful && o->failed, "-z shows calls that succeed, -Z those that fail: they cannot be used together"},
		{(o->successful || o->failed) && o->filter.endings.given, "-z and -Z cannot be used with -e status="},
		{o->relative && o->time != TIME_NONE, "-r and -t both begin the line: they cannot be used together"},
		{o->summary == SUMMARY_ONLY && o->duration, "-c shows no lines: it cannot be used with -T"},
		{o->summary == SUMMARY_ONLY && o->relative, "-c shows no lines: it cannot be used with -r"},
		{o->summary == SUMMARY_ONLY && o->time != TIME_NONE, "-c shows no lines: it cannot be used with -t"},
		{o->summary == SUMMARY_ONLY && o->stack, "-c shows no lines: it cannot be used with -s"},
		{o->summary == SUMMARY_NONE && o->sorted, "--summary-sort is for a summary: it needs -c or -C"},
		{o->summary != SUMMARY_NONE && o->per_process,
		 "there is one summary for all: -c and -C cannot be used with --output-per-process"},
		{o->where == FILTER_KERNEL && !o->filter.calls.given, "--filter=kernel needs calls to filter: see -e"},
		{o->json && o->summary != SUMMARY_NONE, "--json has no summary: it cannot be used with -c or -C"},
		{o->json && o->relative, "--json has the time of each event: it cannot be used with -r"},
		{o->json && o->duration, "--json has the duration of each call: it cannot be used with -T"},
	};

	for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++)
		if (conflicts[i].both)
			die(EXIT_USAGE, "%s", conflicts[i].why);
}

/* What other options mean together. */
static void combine(struct options *o)
{
	if (o->separate && o->output && *o->output != '|' && o->summary == SUMMARY_NONE)
		o->per_process = true;
	if (o->relative)
		o->time = TIME_RELATIVE;
	if (o->successful)
		add_filter(o, "status=successful");
	if (o->failed)
		add_filter(o, "status=failed");
}

/* What makes sense with other options only. */
static void check_together(const struct options *o, bool has_command)
{
	if (!has_command && o->where == FILTER_KERNEL)
		die(EXIT_USAGE, "--filter=kernel is for a command, and none is given");
	if (!has_command && (o->user.name || o->environment || o->argv0))
		die(EXIT_USAGE, "%s is for a command, and none is given",
		    o->user.name ? "-u" : o->environment ? "-E" : "--argv0");
	if (o->per_process && (!o->output || *o->output == '|'))
		die(EXIT_USAGE, "--output-per-process needs -o with the name of a file");
}

void options_parse(struct options *o, int argc, char *argv[])
{
	static char program[] = "trace";
	char short_options[2 * NROWS + 2] = "+";	/* options end where the command begins: its own are not ours */
	int c;

	if (argc > 0)
		argv[0] = program;	/* in messages of getopt_long, as in ours */
	option_letters(long_options, short_options + 1);
	*o = (struct options){.decode = {.string_limit = LIMIT_UNSET}};
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1)
		parse_option(o, c);
	check_conflicts(o);
	if (o->list) {
		int status = list_print(argv + optind, (size_t)(argc - optind));
		exit(fflush(stdout) == 0 && !ferror(stdout) ? status : EXIT_FAILURE);
	}
	check_together(o, optind < argc);
	combine(o);
	if (o->json && o->stack)
		die(EXIT_USAGE, "--json has no stack traces: it cannot be used with -s");
	if (o->json && o->color == COLOR_ALWAYS)
		die(EXIT_USAGE, "--json has no colours: it cannot be used with --color=always");
	if (optind < argc)
		o->command = argv + optind;
	else if (o->npids == 0)
		bad_usage();
}

void options_free(struct options *o)
{
	filter_free(&o->filter);
	free(o->pids);
	free(o->environment);
	free(o->user.name);
	o->pids = NULL;
	o->environment = NULL;
	o->user.name = NULL;
}
