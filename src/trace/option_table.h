/*
 * The options of trace, once: getopt's tables, --help and the shell
 * completions are made from these rows.
 *
 *	LETTER(letter, name, argument, text, completion)
 *	LONG(id, name, argument, text, completion)	one without a letter
 *
 * argument is the name of what the option takes, "" for one that takes
 * nothing.  text is for --help, which shows two rows side by side: 17
 * characters; "" for a synonym, which is not shown.  completion is what a
 * shell offers for the argument: NONE, FILES, PIDS, USERS, VARIABLES, SIGNALS,
 * CALLS (with the rest of -e), NAMES (of --list, for operands), ONE_OF(words).
 * The generator of the completions reads this file: one row is one line.
 *
 * No include guard: whoever includes it has defined both macros, and the file
 * takes them back.
 */
LETTER('f', "follow", "", "children, threads", NONE)
LETTER('g', "group", "", "fewer switches", NONE)
LETTER('p', "pid", "PID", "attach to it", PIDS)
LETTER('o', "output", "FILE", "or '|command'", FILES)
LONG(OPT_PER_PROCESS, "output-per-process", "", "to FILE.PID each", NONE)
LETTER('v', "verbose", "", "more; -vv: all", NONE)
LETTER('V', "names", "", "all names", NONE)
LETTER('N', "names", "", "", NONE)
LETTER('n', "numeric", "", "plain; -nn: more", NONE)
LONG(OPT_STRING_LIMIT, "string-limit", "N", "bytes of a string", NONE)
LETTER('y', "paths", "", "files behind fds", NONE)
LETTER('e', "expr", "EXPR", "only these calls", CALLS)
LETTER('P', "path", "PATH", "only if named", FILES)
LETTER('z', "successful", "", "only if it works", NONE)
LETTER('Z', "failed", "", "only if it fails", NONE)
LONG(OPT_FILTER, "filter", "WHERE", "auto kernel user", ONE_OF(auto kernel user))
LETTER('c', "summary-only", "", "times and counts", NONE)
LETTER('C', "summary", "", "and lines too", NONE)
LETTER('S', "summary-sort", "BY", "time calls ..", ONE_OF(time calls errors avg min max name))
LETTER('s', "stack", "", "stack traces", NONE)
LETTER('t', "time", "", "time; -tt: finer", NONE)
LETTER('r', "relative", "", "time since last", NONE)
LETTER('T', "duration", "", "time in calls", NONE)
LONG(OPT_COLOR, "color", "WHEN", "auto always never", ONE_OF(auto always never))
LONG(OPT_JSON, "json", "", "JSON Lines", NONE)
LONG(OPT_PLACEMENT, "placement", "HOW", "auto share free", ONE_OF(auto share free))
LETTER('q', "quiet", "", "calls, signals", NONE)
LETTER('u', "user", "USER", "run command as", USERS)
LETTER('E', "env", "VAR[=VAL]", "set VAR, or not", VARIABLES)
LONG(OPT_ARGV0, "argv0", "NAME", "of the command", NONE)
LONG(OPT_LIST, "list", "", "[PATTERN]: calls", NAMES)
LETTER('h', "help", "", "this text", NONE)
LONG(OPT_VERSION, "version", "", "the version", NONE)

#undef LETTER
#undef LONG
