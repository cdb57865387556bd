/*
 * The options of killsnoop, once: getopt's tables, --help and the shell
 * completions are made from these rows, which src/trace/option_table.h
 * explains.  Here text may be as long as fits behind one option a line.
 *
 * No include guard: whoever includes it has defined both macros, and the file
 * takes them back.
 */
LETTER('a', "all", "", "every call that sends a signal, not just kill()", NONE)
LETTER('b', "buffer", "KB", "ring buffer per CPU", NONE)
LETTER('d', "duration", "SECS", "trace that long, print at the end", NONE)
LETTER('h', "help", "", "this text", NONE)
LETTER('j', "json", "", "one JSON object a line", NONE)
LETTER('k', "kernel", "", "also signals that no call sent", NONE)
LETTER('n', "name", "REGEX", "only senders whose name matches", NONE)
LETTER('p', "pid", "PID", "only calls made by this process", PIDS)
LETTER('s', "names", "", "names for signals", NONE)
LETTER('S', "signal", "LIST", "only these signals: 9,TERM,RTMIN+1", SIGNALS)
LETTER('t', "time", "", "the time of each call, in seconds", NONE)
LETTER('T', "target", "PID", "only signals for this process, or group if negative", PIDS)
LETTER('V', "verbose-call", "", "the call in full", NONE)
LONG(OPT_VERSION, "version", "", "version", NONE)
LETTER('x', "failed", "", "only calls that failed", NONE)

#undef LETTER
#undef LONG
