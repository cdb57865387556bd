#include "filter.h"

#include <ctype.h>
#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/sink_text.h"
#include "names.h"
#include "nearest.h"
#include "util/number.h"

/* What a list chooses from: elements 0 to n - 1, some of which have names. */
struct universe {
	const char *what;	/* "system call" */
	size_t n, first;	/* names are those of elements from `first` on */
	void (*name)(size_t i, struct strbuf *);	/* appends the name; nothing: it has none */
	bool (*special)(const char *item, bool *chosen, struct strbuf *error);	/* false: not such an item, or wrong */
};

static const struct {
	const char *name;
	uint32_t bit;
} classes[] = {
#define CLASS(name) {#name, 1u << FILTER_##name},
	TABLE_FILTERS(CLASS)
#undef CLASS
	{"net", 1u << FILTER_network},	/* strace has both */
};

enum { NCLASSES = sizeof(classes) / sizeof(classes[0]) };

static void call_name(size_t i, struct strbuf *b)
{
	if (i < table_ncalls)
		strbuf_puts(b, table_name(table_calls[i].name));
}

/* As trace shows it: SIGRTMIN+3 too. */
static void signal_name_of(size_t i, struct strbuf *b)
{
	const struct text_options named = {.numeric = false};
	const struct decode_options options = {.string_limit = LIMIT_UNSET};
	struct text_sink sink;

	text_sink_init(&sink, &named);
	decode_value(TYPE_signal, i, NULL, NULL, &options, &sink.sink);
	strbuf_puts(b, strbuf_str(&sink.text));
	text_sink_free(&sink);
}

static void ending_name(size_t i, struct strbuf *b)
{
	static const char *const names[] = {"successful", "failed", "unfinished", "detached"};

	strbuf_puts(b, names[i]);
}

static bool choose_class(const char *item, bool *chosen, struct strbuf *error)
{
	struct nearest nearest = {.wrong = item, .distance = NEAREST_NONE};

	for (size_t i = 0; i < NCLASSES; i++) {
		if (strcmp(classes[i].name, item) == 0) {
			for (uint32_t c = 0; c < table_ncalls; c++)
				chosen[c] = table_calls[c].classes & classes[i].bit;
			return true;
		}
		nearest_try(&nearest, classes[i].name);
	}
	strbuf_printf(error, "unknown class '%%%s'", item);
	nearest_tell(&nearest, "%", error);
	return false;
}

static bool choose_regex(const char *pattern, bool *chosen, struct strbuf *error)
{
	char why[128];
	regex_t re;
	bool any = false;

	int r = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		regerror(r, &re, why, sizeof(why));
		strbuf_printf(error, "bad pattern '/%s': %s", pattern, why);
		return false;
	}
	for (uint32_t c = 0; c < table_ncalls; c++) {
		chosen[c] = regexec(&re, table_name(table_calls[c].name), 0, NULL, 0) == 0;
		any |= chosen[c];
	}
	regfree(&re);
	if (!any)
		strbuf_printf(error, "no system call matches '/%s'", pattern);
	return any;
}

static bool special_call(const char *item, bool *chosen, struct strbuf *error)
{
	if (*item == '%')
		return choose_class(item + 1, chosen, error);
	if (*item == '/')
		return choose_regex(item + 1, chosen, error);
	return false;
}

static bool special_signal(const char *item, bool *chosen, struct strbuf *error)
{
	long n;

	(void)error;
	if (!parse_number(item, 1, FILTER_SIGNALS - 1, &n))
		return false;
	chosen[n] = true;
	return true;
}

static bool special_ending(const char *item, bool *chosen, struct strbuf *error)
{
	(void)item;
	(void)chosen;
	(void)error;
	return false;
}

/* A class without its `%` is no call, except where a call has that name. */
static const char *missing_mark(const struct universe *u, const char *item)
{
	if (u->special == special_call)
		for (size_t i = 0; i < NCLASSES; i++)
			if (strcmp(classes[i].name, item) == 0)
				return "%";
	return NULL;
}

/* Is it the name?  Signals may lack the SIG, and be written in small letters, as for kill(1). */
static bool is_name(const char *name, const char *item)
{
	if (strncmp(name, "SIG", 3) != 0)
		return strcmp(name, item) == 0;
	return strcasecmp(name, item) == 0 || strcasecmp(name + 3, item) == 0;
}

static bool choose_name(const struct universe *u, const char *item, bool *chosen, struct strbuf *error)
{
	struct nearest nearest = {.wrong = item, .distance = NEAREST_NONE};
	struct strbuf name = {0};
	bool found = false;

	for (size_t i = u->first; i < u->n && !found; i++) {
		strbuf_clear(&name);
		u->name(i, &name);
		if (is_name(strbuf_str(&name), item))
			found = chosen[i] = true;
		else if (name.len > 0)
			nearest_try(&nearest, strbuf_str(&name));
		if (strncmp(strbuf_str(&name), "SIG", 3) == 0)
			nearest_try(&nearest, strbuf_str(&name) + 3);
	}
	strbuf_free(&name);
	if (found) {
		strbuf_free(&nearest.name);
		return true;
	}
	strbuf_printf(error, "unknown %s '%s'", u->what, item);
	const char *mark = missing_mark(u, item);
	if (mark) {
		nearest.distance = NEAREST_NONE;
		nearest_try(&nearest, item);
	}
	nearest_tell(&nearest, mark ? mark : "", error);
	return false;
}

/* Sets the elements that an item without its marks stands for. */
static bool choose(const struct universe *u, const char *item, bool *chosen, struct strbuf *error)
{
	if (strcmp(item, "all") == 0) {
		for (size_t i = 0; i < u->n; i++)
			chosen[i] = true;
		return true;
	}
	if (strcmp(item, "none") == 0 || u->special(item, chosen, error))
		return true;
	return error->len == 0 && choose_name(u, item, chosen, error);
}

/* A list under way. */
struct list {
	const struct universe *universe;
	struct filter_set *set;
	bool *chosen;		/* scratch, of the universe's size */
	bool takes_away;	/* its first item did */
	bool first;
};

/* A set that was everything becomes what its first item says: only that, or all but that. */
static void begin_set(struct filter_set *set, size_t n, bool everything)
{
	for (size_t i = 0; i < n && !set->given; i++)
		set->has[i] = everything;
	set->given = true;
}

static bool add_item(struct list *l, const char *item, struct strbuf *error)
{
	const char *whole = item;
	bool takes_away = *item == '!', changed = false;
	size_t n = l->universe->n;

	item += takes_away;
	bool optional = *item == '?';
	item += optional;
	if (*item == '\0') {
		strbuf_printf(error, "a %s is missing in the list", l->universe->what);
		return false;
	}
	memset(l->chosen, 0, n * sizeof(*l->chosen));
	if (!choose(l->universe, item, l->chosen, error)) {
		if (!optional)
			return false;
		strbuf_clear(error);	/* the list has to begin all the same: -e ?new shows nothing else */
	}
	begin_set(l->set, n, takes_away);
	for (size_t i = 0; i < n; i++) {
		changed |= l->chosen[i] && l->set->has[i] == takes_away;
		if (l->chosen[i])
			l->set->has[i] = !takes_away;
	}
	if (l->first)
		l->takes_away = takes_away;
	l->first = false;
	if (!changed && !takes_away && l->takes_away && !optional) {
		strbuf_printf(error, "'%s' is shown already: a list that begins with '!' takes away; did you mean "
			      "'!%s'?", whole, whole);
		return false;
	}
	return true;
}

/* Calls add for each part between commas; stops when it returns false. */
static bool each_item(const char *text, bool (*add)(void *ctx, const char *item, struct strbuf *error), void *ctx,
		      struct strbuf *error)
{
	char *copy = strdup(text), *item = copy, *next;
	bool good = copy != NULL;

	if (!copy)
		strbuf_puts(error, "out of memory");
	for (; good && item; item = next) {
		next = strchr(item, ',');
		if (next)
			*next++ = '\0';
		good = add(ctx, item, error);
	}
	free(copy);
	return good;
}

static bool add_to_set(void *ctx, const char *item, struct strbuf *error)
{
	return add_item(ctx, item, error);
}

static bool add_list(const struct universe *u, struct filter_set *set, const char *text, struct strbuf *error)
{
	struct list l = {.universe = u, .set = set, .first = true};

	l.chosen = calloc(u->n, sizeof(*l.chosen));
	if (!set->has)
		set->has = calloc(u->n, sizeof(*set->has));
	bool good = l.chosen && set->has;
	if (!good)
		strbuf_puts(error, "out of memory");
	good = good && each_item(text, add_to_set, &l, error);
	free(l.chosen);
	return good;
}

static bool add_calls(struct filter *f, const char *text, struct strbuf *error)
{
	const struct universe u = {"system call", table_ncalls + 1, 0, call_name, special_call};

	return add_list(&u, &f->calls, text, error);
}

static bool add_signals(struct filter *f, const char *text, struct strbuf *error)
{
	static const struct universe u = {"signal", FILTER_SIGNALS, 1, signal_name_of, special_signal};

	return add_list(&u, &f->signals, text, error);
}

static bool add_endings(struct filter *f, const char *text, struct strbuf *error)
{
	static const struct universe u = {"status", ENDINGS, 0, ending_name, special_ending};

	return add_list(&u, &f->endings, text, error);
}

static bool add_fd(void *ctx, const char *item, struct strbuf *error)
{
	struct filter *f = ctx;
	long fd;

	if (!parse_number(item, 0, INT_MAX, &fd)) {
		strbuf_printf(error, *item == '!' ? "a list of descriptors takes none away: '%s'" : "bad descriptor '%s'",
			      item);
		return false;
	}
	int *fds = realloc(f->fds, (f->nfds + 1) * sizeof(*fds));
	if (!fds) {
		strbuf_puts(error, "out of memory");
		return false;
	}
	f->fds = fds;
	f->fds[f->nfds++] = (int)fd;
	return true;
}

static bool add_fds(struct filter *f, const char *text, struct strbuf *error)
{
	return each_item(text, add_fd, f, error);
}

static const struct sort {
	const char *name;
	bool (*add)(struct filter *, const char *, struct strbuf *error);
} sorts[] = {
	{"trace", add_calls}, {"signal", add_signals}, {"status", add_endings}, {"fd", add_fds},
	/* the same, in other words of strace */
	{"t", add_calls}, {"s", add_signals}, {"signals", add_signals}, {"fds", add_fds},
};

enum { NSORTS = sizeof(sorts) / sizeof(sorts[0]), NSUGGESTED = 4 };

/* What the word before the `=` says that a list is about; NULL: there is no such word. */
static const struct sort *sort_of(const char *expr)
{
	size_t len = strcspn(expr, "=,!%/?");

	for (size_t i = 0; expr[len] == '=' && i < NSORTS; i++)
		if (strlen(sorts[i].name) == len && strncmp(sorts[i].name, expr, len) == 0)
			return &sorts[i];
	return NULL;
}

/* A list is about one thing to its end. */
static bool holds_another(const char *list, struct strbuf *error)
{
	for (const char *p = strchr(list, ','); p; p = strchr(p + 1, ',')) {
		if (!sort_of(p + 1))
			continue;
		strbuf_printf(error, "'%s' needs a -e of its own", p + 1);
		return true;
	}
	return false;
}

static void report_sort(const char *expr, size_t len, struct strbuf *error)
{
	struct nearest nearest = {.distance = NEAREST_NONE};
	char *wrong = strndup(expr, len);

	nearest.wrong = wrong ? wrong : "";
	for (size_t i = 0; i < NSUGGESTED; i++)
		nearest_try(&nearest, sorts[i].name);
	strbuf_printf(error, "cannot filter by '%s': there are trace, signal, status and fd", nearest.wrong);
	nearest_tell(&nearest, "", error);
	free(wrong);
}

bool filter_add(struct filter *f, const char *expr, struct strbuf *error)
{
	const struct sort *sort = sort_of(expr);
	size_t len = strcspn(expr, "=,!%/?");

	strbuf_clear(error);
	if (holds_another(expr, error))
		return false;
	if (sort)
		return sort->add(f, expr + len + 1, error);
	if (expr[len] != '=')
		return add_calls(f, expr, error);
	report_sort(expr, len, error);
	return false;
}

bool filter_add_path(struct filter *f, const char *path)
{
	const char **paths = realloc(f->paths, (f->npaths + 1) * sizeof(*paths));

	if (!paths)
		return false;
	f->paths = paths;
	f->paths[f->npaths++] = path;
	return true;
}

void filter_free(struct filter *f)
{
	free(f->calls.has);
	free(f->signals.has);
	free(f->endings.has);
	free(f->fds);
	free(f->paths);
	*f = (struct filter){0};
}

bool filter_call(const struct filter *f, const struct call *call)
{
	return !f->calls.given || f->calls.has[call ? (size_t)(call - table_calls) : table_ncalls];
}

bool filter_signal(const struct filter *f, int sig)
{
	return !f->signals.given || (sig > 0 && sig < FILTER_SIGNALS && f->signals.has[sig]);
}

bool filter_ending(const struct filter *f, enum ending ending)
{
	return !f->endings.given || f->endings.has[ending];
}

bool filter_needs_ending(const struct filter *f)
{
	return f->endings.given;
}

bool filter_needs_match(const struct filter *f)
{
	return f->nfds > 0 || f->npaths > 0;
}
