#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct summary_row {
	const char *name;
	uint64_t calls, errors;
	uint64_t total, min, max;	/* ns */
};

/* The name comes last: it needs no width, however long it is. */
static const char *const headings[] = {"% time", "seconds", "avg", "min", "max", "calls", "errors"};

enum { COLUMNS = sizeof(headings) / sizeof(headings[0]), CELL = 32 };

static size_t nrows(void)
{
	return table_ncalls + 1;
}

int summary_init(struct summary *s)
{
	s->rows = calloc(nrows(), sizeof(*s->rows));
	if (!s->rows)
		return -ENOMEM;
	for (uint32_t i = 0; i < table_ncalls; i++)
		s->rows[i].name = table_name(table_calls[i].name);
	s->rows[table_ncalls].name = "(unknown)";
	return 0;
}

void summary_free(struct summary *s)
{
	free(s->rows);
	s->rows = NULL;
}

void summary_add(struct summary *s, const struct call *call, uint64_t time, bool failed)
{
	struct summary_row *row = &s->rows[call ? (size_t)(call - table_calls) : table_ncalls];

	if (row->calls == 0 || time < row->min)
		row->min = time;
	if (time > row->max)
		row->max = time;
	row->calls++;
	row->errors += failed;
	row->total += time;
}

static uint64_t average(const struct summary_row *row)
{
	return row->calls ? row->total / row->calls : 0;
}

/* What is sorted by, the largest first. */
static uint64_t weight(const struct summary_row *row, enum summary_sort sort)
{
	switch (sort) {
	case SUMMARY_TIME: return row->total;
	case SUMMARY_CALLS: return row->calls;
	case SUMMARY_ERRORS: return row->errors;
	case SUMMARY_AVG: return average(row);
	case SUMMARY_MIN: return row->min;
	case SUMMARY_MAX: return row->max;
	case SUMMARY_NAME: break;
	}
	return 0;
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct summary_row *x = a, *y = b;
	enum summary_sort sort = *(const enum summary_sort *)arg;
	uint64_t wx = weight(x, sort), wy = weight(y, sort);

	if ((x->calls == 0) != (y->calls == 0))
		return x->calls == 0 ? 1 : -1;
	return wx != wy ? (wx < wy ? 1 : -1) : strcmp(x->name, y->name);
}

static void format_time(char cell[CELL], uint64_t ns)
{
	uint64_t us = ns / 1000;

	snprintf(cell, CELL, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

/* No errors: an empty cell, so that those that are there are seen. */
static void format_row(char cells[COLUMNS][CELL], const struct summary_row *row, uint64_t all)
{
	snprintf(cells[0], CELL, "%.2f", all ? 100.0 * (double)row->total / (double)all : 0.0);
	format_time(cells[1], row->total);
	format_time(cells[2], average(row));
	format_time(cells[3], row->min);
	format_time(cells[4], row->max);
	snprintf(cells[5], CELL, "%" PRIu64, row->calls);
	cells[6][0] = '\0';
	if (row->errors)
		snprintf(cells[6], CELL, "%" PRIu64, row->errors);
}

static void put_row(struct strbuf *b, const char *const cells[COLUMNS], const int widths[COLUMNS], const char *name)
{
	for (int i = 0; i < COLUMNS; i++)
		strbuf_printf(b, "%*s ", widths[i], cells[i]);
	strbuf_printf(b, "%s\n", name);
}

static void put_cells(struct strbuf *b, char cells[COLUMNS][CELL], const int widths[COLUMNS], const char *name)
{
	const char *row[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
		row[i] = cells[i];
	put_row(b, row, widths, name);
}

static void widen(int widths[COLUMNS], char cells[COLUMNS][CELL])
{
	for (int i = 0; i < COLUMNS; i++)
		if ((int)strlen(cells[i]) > widths[i])
			widths[i] = (int)strlen(cells[i]);
}

static void put_rule(struct strbuf *b, const int widths[COLUMNS], size_t name_width)
{
	for (int i = 0; i < COLUMNS; i++) {
		for (int n = 0; n < widths[i]; n++)
			strbuf_putc(b, '-');
		strbuf_putc(b, ' ');
	}
	for (size_t n = 0; n < name_width; n++)
		strbuf_putc(b, '-');
	strbuf_putc(b, '\n');
}

static struct summary_row sum(const struct summary *s, size_t *n)
{
	struct summary_row total = {.name = "total", .min = UINT64_MAX};

	for (*n = 0; *n < nrows() && s->rows[*n].calls > 0; ++*n) {
		const struct summary_row *row = &s->rows[*n];

		total.calls += row->calls;
		total.errors += row->errors;
		total.total += row->total;
		if (row->min < total.min)
			total.min = row->min;
		if (row->max > total.max)
			total.max = row->max;
	}
	if (*n == 0)
		total.min = 0;
	return total;
}

void summary_print(struct summary *s, enum summary_sort sort, struct strbuf *b)
{
	char cells[COLUMNS][CELL];
	int widths[COLUMNS];
	size_t n, name_width = sizeof("total") - 1;

	qsort_r(s->rows, nrows(), sizeof(*s->rows), compare, &sort);
	struct summary_row total = sum(s, &n);
	for (int i = 0; i < COLUMNS; i++)
		widths[i] = (int)strlen(headings[i]);
	format_row(cells, &total, total.total);
	widen(widths, cells);
	for (size_t i = 0; i < n; i++) {
		format_row(cells, &s->rows[i], total.total);
		widen(widths, cells);
		if (strlen(s->rows[i].name) > name_width)
			name_width = strlen(s->rows[i].name);
	}
	put_row(b, headings, widths, "call");
	put_rule(b, widths, name_width);
	for (size_t i = 0; i < n; i++) {
		format_row(cells, &s->rows[i], total.total);
		put_cells(b, cells, widths, s->rows[i].name);
	}
	put_rule(b, widths, name_width);
	format_row(cells, &total, total.total);
	put_cells(b, cells, widths, total.name);
}

bool summary_sort_named(const char *name, enum summary_sort *sort)
{
	static const char *const names[] = {
		[SUMMARY_TIME] = "time", [SUMMARY_CALLS] = "calls", [SUMMARY_ERRORS] = "errors", [SUMMARY_AVG] = "avg",
		[SUMMARY_MIN] = "min", [SUMMARY_MAX] = "max", [SUMMARY_NAME] = "name",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*sort = (enum summary_sort)i;
			return true;
		}
	}
	return false;
}
