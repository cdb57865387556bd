#include "list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/sink_text.h"
#include "filter.h"
#include "names.h"
#include "nearest.h"
#include "util/number.h"
#include "util/report.h"

enum { NAME_COLUMN = 32 };

/* What is printed for a definition that a pattern matches. */
enum detail {
	DETAIL_TEXT,	/* itself */
	DETAIL_VALUES,	/* and the values of a set */
	DETAIL_TYPES,	/* and the types that a call or struct uses */
};

static bool is_set(const struct type *t)
{
	return t->cls == TYPE_ENUM || t->cls == TYPE_FLAGS;
}

/* The type of that definition, or -1: a call, or nothing uses it here. */
static int type_of(const struct definition *d)
{
	for (unsigned i = 0; i < table_ntypes; i++) {
		const struct type *t = &table_types[i];
		bool is_struct = t->cls == TYPE_STRUCT || t->cls == TYPE_BITS;

		if (strcmp(table_name(t->name), d->name) != 0)
			continue;
		if (d->what == DEFINITION_SET ? is_set(t) : d->what == DEFINITION_STRUCT && is_struct)
			return (int)i;
	}
	return -1;
}

/* NULL: no call, or none of this architecture. */
static const struct call *call_of(const struct definition *d)
{
	return d->what == DEFINITION_CALL ? decode_find_name(d->name) : NULL;
}

/* A call has the name of its event, and its number, beside its own. */
static bool matches(const struct definition *d, const char *pattern)
{
	const struct call *call = call_of(d);
	long nr;

	if (call && (fnmatch(pattern, table_name(call->event), 0) == 0 ||
		     (parse_number(pattern, 0, UINT16_MAX, &nr) && nr == call->nr)))
		return true;
	return (call || d->what != DEFINITION_CALL) && fnmatch(pattern, d->name, 0) == 0;
}

static const struct definition *definition_of(const struct type *t)
{
	bool set = is_set(t);

	for (unsigned i = 0; i < table_ndefinitions; i++) {
		const struct definition *d = &table_definitions[i];

		if (strcmp(d->name, table_name(t->name)) == 0 && d->what == (set ? DEFINITION_SET : DEFINITION_STRUCT))
			return d;
	}
	return NULL;
}

static void print_enum(uint64_t value)
{
	int64_t number = (int64_t)value;

	if (number > -0x10000 && number < 0x10000)
		printf("%lld", (long long)number);
	else
		printf("0x%llx", (unsigned long long)value);
}

/* In the base that the decoder shows flags in. */
static void print_flags(unsigned type, uint64_t value)
{
	const struct decode_options opt = {.string_limit = LIMIT_UNSET};
	const struct text_options numeric = {.numeric = true};
	struct text_sink sink;

	text_sink_init(&sink, &numeric);
	decode_value(type, value, NULL, NULL, &opt, &sink.sink);
	fputs(strbuf_str(&sink.text), stdout);
	text_sink_free(&sink);
}

static void print_value(unsigned type, const struct xlat *x)
{
	printf("\t%-*s ", NAME_COLUMN, table_name(x->name));
	if (table_types[type].cls == TYPE_ENUM)
		print_enum(x->value);
	else
		print_flags(type, x->value);
	if (table_types[type].cls == TYPE_FLAGS && x->mask != x->value) {
		fputs(" of ", stdout);
		print_flags(type, x->mask);
	}
	putchar('\n');
}

static void print_values(unsigned type)
{
	const struct type *t = &table_types[type];

	for (unsigned i = 0; i < t->count; i++)
		print_value(type, &table_xlats[t->first + i]);
}

static void print_definition(const struct definition *d, enum detail detail)
{
	int type = type_of(d);

	puts(d->text);
	if (d->what == DEFINITION_SET && detail >= DETAIL_VALUES && type >= 0)
		print_values((unsigned)type);
}

/* What -e can name it by, besides its name. */
static void print_call(const struct call *c)
{
	static const char *const classes[] = {
#define CLASS(name) [FILTER_##name] = #name,
		TABLE_FILTERS(CLASS)
#undef CLASS
	};

	printf("\tnumber %u", c->nr);
	for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (c->classes >> i & 1)
			printf(" %%%s", classes[i]);
	putchar('\n');
}

/* Types that were printed, so that each comes once. */
struct seen {
	const struct definition *all[64];
	size_t n;
};

static bool is_seen(const struct seen *s, const struct definition *d)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->all[i] == d)
			return true;
	return s->n == sizeof(s->all) / sizeof(s->all[0]);
}

static void print_type(unsigned type, struct seen *seen)
{
	const struct type *t = &table_types[type];
	const struct definition *d = t->cls == TYPE_KIND ? NULL : definition_of(t);

	if (!d || is_seen(seen, d))
		return;
	seen->all[seen->n++] = d;
	putchar('\n');
	print_definition(d, DETAIL_VALUES);
}

static void print_types_of(unsigned first, unsigned count, struct seen *seen)
{
	for (unsigned i = first; i < first + count; i++)
		if (!(table_members[i].how & HOW_SWITCH))
			print_type(table_members[i].type, seen);
}

/* The types of a call's own parameters, or of a struct's fields; those that a switch chooses have to be asked for. */
static void print_types(const struct definition *d)
{
	struct seen seen = {.all = {d}, .n = 1};
	const struct call *call = call_of(d);
	int type = type_of(d);

	if (call) {
		print_call(call);
		const struct sig *sig = &table_sigs[call->sig];
		print_types_of(sig->first, sig->count, &seen);
		if (sig->sw == 0)
			print_type(sig->ret, &seen);
	} else if (d->what == DEFINITION_STRUCT && type >= 0) {
		print_types_of(table_types[type].first, table_types[type].count, &seen);
	}
}

/* The values of that name, and the sets they are in. */
static unsigned print_constants(const char *pattern)
{
	unsigned found = 0;

	for (unsigned i = 0; i < table_ntypes; i++) {
		const struct type *t = &table_types[i];
		bool head = false;

		for (unsigned k = 0; is_set(t) && k < t->count; k++) {
			const struct xlat *x = &table_xlats[t->first + k];
			const struct definition *d;

			if (fnmatch(pattern, table_name(x->name), 0) != 0 || !(d = definition_of(t)))
				continue;
			if (!head)
				print_definition(d, DETAIL_TEXT);
			head = true;
			print_value(i, x);
			found++;
		}
	}
	return found;
}

static unsigned count_matches(const char *pattern, const struct definition **last)
{
	unsigned n = 0;

	for (unsigned i = 0; i < table_ndefinitions; i++) {
		const struct definition *d = &table_definitions[i];

		if (matches(d, pattern)) {
			*last = d;
			n++;
		}
	}
	return n;
}

/* Calls and types; one alone in detail.  Without any, constants.  Returns how many there are. */
static unsigned print_matches(const char *pattern, enum detail detail)
{
	const struct definition *last;
	unsigned n = count_matches(pattern, &last);

	if (n == 0)
		return print_constants(pattern);
	for (unsigned i = 0; n > 1 && i < table_ndefinitions; i++)
		if (matches(&table_definitions[i], pattern))
			print_definition(&table_definitions[i], detail);
	if (n == 1) {
		print_definition(last, DETAIL_VALUES);
		print_types(last);
	}
	return n;
}

/* %class, or any other list of -e that begins so.  False: it is wrong, which was reported. */
static bool print_class(const char *expr)
{
	struct filter f = {0};
	struct strbuf error = {0};
	bool good = filter_add(&f, expr, &error);

	for (unsigned i = 0; good && i < table_ndefinitions; i++) {
		const struct call *call = call_of(&table_definitions[i]);
		if (call && filter_call(&f, call))
			print_definition(&table_definitions[i], DETAIL_TEXT);
	}
	if (!good)
		report("%s", strbuf_str(&error));
	strbuf_free(&error);
	filter_free(&f);
	return good;
}

static void report_nothing(const char *pattern)
{
	struct nearest nearest = {.wrong = pattern, .distance = NEAREST_NONE};
	struct strbuf error = {0};

	for (unsigned i = 0; i < table_ndefinitions; i++)
		if (call_of(&table_definitions[i]) || table_definitions[i].what != DEFINITION_CALL)
			nearest_try(&nearest, table_definitions[i].name);
	for (unsigned i = 0; i < table_ntypes; i++)
		for (unsigned k = 0; is_set(&table_types[i]) && k < table_types[i].count; k++)
			nearest_try(&nearest, table_name(table_xlats[table_types[i].first + k].name));
	nearest_tell(&nearest, "", &error);
	report("the table has no call, type or constant '%s'%s", pattern, strbuf_str(&error));
	strbuf_free(&error);
}

static bool print_pattern(const char *pattern)
{
	if (*pattern == '%')
		return print_class(pattern);
	if (print_matches(pattern, DETAIL_VALUES) > 0)
		return true;
	report_nothing(pattern);
	return false;
}

int list_print(char *const *patterns, size_t n)
{
	int status = EXIT_SUCCESS;

	if (n == 0)
		print_matches("*", DETAIL_TEXT);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putchar('\n');
		if (!print_pattern(patterns[i]))
			status = EXIT_FAILURE;
	}
	return status;
}
