/* Arrays: counted, to a NULL, or of records that say their own length. */
#include "expr.h"
#include "kinds.h"
#include "walk.h"

struct array {
	const char *name;
	unsigned type;
	unsigned stars;		/* of an element */
	unsigned width;		/* of an element, or of its smallest record */
	uint64_t addr;
	uint64_t count;		/* elements, or SIZE_NONE: as many as the bytes hold */
	uint64_t bytes;		/* or SIZE_NONE: as many as the count says */
	uint64_t limit;		/* elements shown */
};

uint64_t array_limit(const struct walk *w, const struct type *t)
{
	static const uint64_t others[2] = {4, 16};

	if (w->opt->verbose >= 2)
		return UINT64_MAX;
	if (t->limit[w->opt->verbose] != LIMIT_DEFAULT)
		return t->limit[w->opt->verbose];
	return others[w->opt->verbose];
}

static bool show_element(struct walk *w, struct window *win, const struct array *a, uint64_t addr)
{
	const struct type *t = &table_types[a->type];
	uint64_t value;

	if (!a->stars && lives_in_memory(t))
		return show_memory(w, NULL, a->type, addr, SIZE_NONE);
	if (!window_load(w, win, addr, a->width, &value))
		return false;
	if (a->stars)
		show_pointer(w, NULL, a->type, a->stars, value, SIZE_NONE);
	else
		show_scalar(w, NULL, a->type, extend(value, a->width * 8, t->traits & TYPE_SIGNED), a->width);
	return true;
}

static void open_array(struct walk *w, const struct array *a)
{
	w->sink->ops->open(w->sink, a->name, SHAPE_ARRAY, NULL);
	w->depth++;
}

static void close_array(struct walk *w)
{
	w->depth--;
	w->sink->ops->close(w->sink, SHAPE_ARRAY);
}

static void more(struct walk *w, enum more what, uint64_t count)
{
	w->sink->ops->more(w->sink, what, count);
}

static bool show_counted(struct walk *w, const struct array *a)
{
	uint64_t n = a->count < a->limit ? a->count : a->limit;
	struct window win;
	uint8_t byte;

	window_init(&win, a->addr, a->count < UINT32_MAX ? a->addr + a->count * a->width : UINT64_MAX);
	if (n && !window_read(w, &win, a->addr, &byte, 1))
		return false;
	open_array(w, a);
	for (uint64_t i = 0; i < n; i++) {
		if (!walk_spend(w, 1)) {
			more(w, MORE_HIDDEN, 0);
			break;
		}
		if (!show_element(w, &win, a, a->addr + i * a->width)) {
			more(w, MORE_FAULT, 0);
			break;
		}
		if (i + 1 == n && n < a->count)
			more(w, MORE_ELEMENTS, a->count - n);
	}
	if (n == 0 && a->count)
		more(w, MORE_ELEMENTS, a->count);
	close_array(w);
	return true;
}

static bool show_terminated(struct walk *w, const struct array *a)
{
	struct window win;
	uint64_t value, i = 0;

	window_init(&win, a->addr, UINT64_MAX);
	if (!window_load(w, &win, a->addr, a->width, &value))
		return false;
	open_array(w, a);
	for (; value; i++) {
		uint64_t next = a->addr + (i + 1) * a->width;

		if (!walk_spend(w, 1)) {
			more(w, MORE_HIDDEN, 0);
			break;
		}
		if (i < a->limit)
			show_element(w, &win, a, next - a->width);
		if (!window_load(w, &win, next, a->width, &value)) {
			more(w, MORE_FAULT, 0);
			break;
		}
	}
	if (value == 0 && i > a->limit)
		more(w, MORE_ELEMENTS, i - a->limit);
	close_array(w);
	return true;
}

/* The length of the record, `left` when it does not say a sensible one: then it is the last. */
static uint64_t record_length(struct walk *w, const struct array *a, uint64_t addr, uint64_t left)
{
	const struct type *t = &table_types[a->type];
	struct scope scope;
	uint64_t length;

	scope_init(&scope, t, addr, left);
	if (!expr_size(w, &scope, t->stride, &length) || length == 0 || length > left)
		return left;
	return length;
}

static bool show_records(struct walk *w, const struct array *a)
{
	const struct type *t = &table_types[a->type];
	uint64_t left = a->bytes, addr = a->addr, i = 0;
	struct scope scope;

	scope_init(&scope, t, addr, left);
	if (a->count && !scope_readable(w, &scope))
		return false;
	open_array(w, a);
	for (; left && i < a->count; i++) {
		uint64_t length = record_length(w, a, addr, left);

		if (!walk_spend(w, 1)) {
			more(w, MORE_HIDDEN, 0);
			break;
		}
		if (i < a->limit && !show_memory(w, NULL, a->type, addr, length)) {
			more(w, MORE_FAULT, 0);
			break;
		}
		addr += length;
		left -= length;
	}
	if ((left == 0 || i == a->count) && i > a->limit)
		more(w, MORE_ELEMENTS, i - a->limit);
	close_array(w);
	return true;
}

/* Bytes from the field to the end of the struct that holds it. */
static uint64_t room(const struct scope *s, const struct member *m)
{
	return s->size > m->off ? s->size - m->off : 0;
}

/* How much there is of an array in place. */
static bool measure_in_place(const struct walk *w, struct scope *s, const struct member *m, struct array *a)
{
	bool fits = s->sized || !m->count;
	int64_t count;

	if (m->count) {
		if (!expr_eval(w, s, m->count, &count))
			return false;
		a->count = count > 0 ? (uint64_t)count : 0;
	}
	if (m->sized && !m->count && expr_size(w, s, m->sized, &a->bytes))
		fits = s->sized;
	if (fits && a->bytes > room(s, m))
		a->bytes = room(s, m);
	return true;
}

static bool measure_pointed(const struct walk *w, struct scope *s, const struct member *m, struct array *a)
{
	if (m->count)
		return expr_size(w, s, m->count, &a->count);
	return m->sized ? expr_size(w, s, m->sized, &a->bytes) : true;
}

/* Bytes rather than elements: a string, or one value of as many bytes (mac, hex). */
static bool show_bytes(struct walk *w, const struct member *m, struct array *a)
{
	const struct type *t = &table_types[a->type];
	uint64_t n = a->count < a->bytes ? a->count : a->bytes;
	struct item item = {.name = a->name, .kind = t->kind, .addr = a->addr, .size = n};

	if (m->how & HOW_INDIRECT && w->budget != SIZE_NONE) {
		item.size = n = n < w->budget ? n : w->budget;
		w->budget -= n;
	}
	if (!kind_is_bytes(t->kind))
		return put_kind(w, &item);
	if (m->how & HOW_INDIRECT && w->opt->string_addresses)
		return false;
	return put_bytes(w, a->name, t->kind, a->addr, n);
}

static bool show_elements(struct walk *w, const struct member *m, struct array *a)
{
	const struct type *t = &table_types[a->type];
	bool bounded = a->count != SIZE_NONE || a->bytes != SIZE_NONE;

	if (w->depth >= WALK_DEPTH) {
		open_array(w, a);
		more(w, MORE_HIDDEN, 0);
		close_array(w);
		return true;
	}
	if (t->cls == TYPE_STRUCT && t->stride && !a->stars)
		return bounded && show_records(w, a);
	if (!bounded)
		return m->how & HOW_INDIRECT && (a->stars || t->traits & TYPE_POINTER) && show_terminated(w, a);
	if (a->width == 0)
		return false;
	if (a->bytes != SIZE_NONE && a->bytes / a->width < a->count)
		a->count = a->bytes / a->width;
	return show_counted(w, a);
}

bool show_array(struct walk *w, struct scope *s, const struct member *m, uint64_t addr)
{
	const struct type *t = &table_types[m->type];
	uint64_t budget, outer = w->budget;
	bool indirect = m->how & HOW_INDIRECT, shown;
	struct array a = {
		.name = table_name(m->name),
		.type = m->type,
		.stars = m->stars,
		.width = m->stars ? w->word : t->width ? t->width : indirect ? 0 : m->width,
		.addr = addr,
		.count = SIZE_NONE,
		.bytes = SIZE_NONE,
		.limit = array_limit(w, t),
	};

	if (!(indirect ? measure_pointed(w, s, m, &a) : measure_in_place(w, s, m, &a)))
		return false;
	if (indirect && t->stride && w->budget != SIZE_NONE) {	/* records are what a buffer holds */
		a.bytes = a.bytes < w->budget ? a.bytes : w->budget;
		outer -= a.bytes;
	}
	if (!m->stars && t->cls == TYPE_KIND && (kind_is_bytes(t->kind) || t->traits & TYPE_MEMORY))
		return show_bytes(w, m, &a);
	if (m->count && m->sized && expr_size(w, s, m->sized, &budget))
		w->budget = budget < outer ? budget : outer;
	shown = show_elements(w, m, &a);
	w->budget = outer;
	return shown;
}
