/* Scalars, pointers and structs: what the tables say of one value. */
#include "expr.h"
#include "kinds.h"
#include "walk.h"

#define MAX_NAMES 64	/* of a flags value: one for each bit */

void show_unshown(const struct walk *w, const char *name, uint64_t addr)
{
	bool wanted = addr != 0 && w->target && w->target->read && !w->opt->addresses;
	char byte;

	if (wanted && walk_read(w, addr, &byte, 1) == 0)
		w->sink->ops->fault(w->sink, name, addr);
	else
		w->sink->ops->address(w->sink, name, addr);
}

static uint64_t storage_mask(unsigned width)
{
	return width == 0 || width >= 8 ? UINT64_MAX : (UINT64_C(1) << width * 8) - 1;
}

/* Whether a value says more than a type can hold: clone3's exit_signal has 64 bits. */
static bool exceeds(uint64_t value, const struct type *t)
{
	uint64_t storage = storage_mask(t->width), high = value & ~storage;

	return high != 0 && (high != ~storage || !(value & ((storage >> 1) + 1)));
}

static void show_enum(struct walk *w, const char *name, unsigned type, uint64_t value, unsigned width)
{
	const struct type *t = &table_types[type];
	uint64_t host = kind_host_order(t->kind, value);
	const char *constant = exceeds(host, t) ? NULL : decode_constant(type, host);
	struct item item = {.name = name, .kind = t->kind, .value = value, .width = width, .size = SIZE_NONE};

	if (constant)
		w->sink->ops->constant(w->sink, name, value, kind_format(t->kind), width, constant);
	else
		put_kind(w, &item);
}

/*
 * The names in table order.  A name counts when it says something that those
 * before it have not said: so O_SYNC hides O_DSYNC, which it contains, and
 * the first name of a field hides the other names for the same value.
 */
static void show_flags(struct walk *w, const char *name, const struct type *t, uint64_t value, unsigned width)
{
	uint64_t storage = storage_mask(width), said = 0;
	const char *names[MAX_NAMES], *zero = NULL;
	size_t n = 0;
	enum format format = kind_format(t->kind) == FORMAT_OCTAL ? FORMAT_OCTAL : FORMAT_HEX;

	value &= storage;
	for (unsigned i = 0; i < t->count && n < MAX_NAMES; i++) {
		const struct xlat *x = &table_xlats[t->first + i];
		uint64_t mask = x->mask & storage;

		if (mask == 0 && x->value == 0 && !zero)
			zero = table_name(x->name);
		if ((value & mask) != (x->value & storage) || (mask & ~said) == 0)
			continue;
		said |= mask;
		names[n++] = table_name(x->name);
	}
	if (value == 0 && n == 0 && zero)
		names[n++] = zero;
	w->sink->ops->flags(w->sink, name, value, format, width, names, n, value & ~said);
}

static void show_bits(struct walk *w, const char *name, const struct type *t, uint64_t value)
{
	bool hidden = false;
	struct scope scope = {.what = SCOPE_BITS, .base = value};
	enum shape shape = t->traits & TYPE_UNNAMED ? SHAPE_UNNAMED : SHAPE_STRUCT;

	w->sink->ops->open(w->sink, name, shape, NULL);
	for (unsigned i = 0; i < t->count; i++) {
		const struct member *m = &table_members[t->first + i];
		const struct type *mt = &table_types[m->type];
		unsigned width = mt->width && mt->width < 8 ? mt->width : 8;

		if (m->show > field_level(w) || (field_level(w) < 2 && !expr_cond(w, &scope, m->cond)))
			hidden = true;
		else
			show_scalar(w, table_name(m->name), m->type, bit_field(value, m), width);
	}
	if (hidden)
		w->sink->ops->more(w->sink, MORE_HIDDEN, 0);
	w->sink->ops->close(w->sink, shape);
}

static void show_sized_scalar(struct walk *w, const char *name, unsigned type, uint64_t value, unsigned width,
			      uint64_t size)
{
	const struct type *t = &table_types[type];
	struct item item = {.name = name, .kind = t->kind, .value = value, .width = width, .size = size};

	walk_spend(w, 1);
	switch ((enum type_class)t->cls) {
	case TYPE_ENUM:
		show_enum(w, name, type, value, width);
		break;
	case TYPE_FLAGS:
		show_flags(w, name, t, value, width);
		break;
	case TYPE_BITS:
		show_bits(w, name, t, value);
		break;
	case TYPE_KIND:
		if (!put_kind(w, &item))
			show_unshown(w, name, value);
		break;
	case TYPE_STRUCT:
		w->sink->ops->unknown(w->sink, name);
		break;
	}
}

void show_scalar(struct walk *w, const char *name, unsigned type, uint64_t value, unsigned width)
{
	show_sized_scalar(w, name, type, value, width, SIZE_NONE);
}

static bool shown_now(const struct walk *w, const struct member *m)
{
	if (m->dir == 0 || w->pass == PASS_OUT)
		return true;
	return m->dir & (w->pass == PASS_IN ? DIR_IN : DIR_OUT);
}

/* Is the field outside of the memory that the struct was given? */
static bool absent(const struct scope *s, const struct member *m)
{
	uint64_t end = m->off;

	if (!s->sized)
		return false;
	if (m->how & HOW_ARRAY && !(m->how & HOW_INDIRECT))
		end += 1;	/* some of it may be there */
	else if (!m->stars && table_types[m->type].cls == TYPE_STRUCT)
		end += 1;
	else
		end += m->width;
	return end > s->size;
}

/* A struct or another thing in memory inside of a struct: as much of it as there is. */
static bool show_embedded(struct walk *w, struct scope *s, const struct member *m, uint64_t addr)
{
	const struct type *t = &table_types[m->type];
	uint64_t own = t->width ? t->width : m->width;
	uint64_t size = t->cls == TYPE_STRUCT ? SIZE_NONE : own ? own : SIZE_NONE;

	if (m->sized && !expr_size(w, s, m->sized, &size))
		return false;
	if (s->sized && (s->size - m->off < own || (m->sized && s->size - m->off < size)))
		size = s->size - m->off;
	return show_memory(w, table_name(m->name), m->type, addr, size);
}

static bool show_field(struct walk *w, struct scope *s, const struct member *m)
{
	uint64_t value, addr = s->base + m->off;

	if (m->how & HOW_ARRAY && !(m->how & HOW_INDIRECT))
		return show_array(w, s, m, addr);
	if (!m->how && !m->stars && lives_in_memory(&table_types[m->type]))
		return show_embedded(w, s, m, addr);
	if (!window_load(w, &s->window, addr, m->width, &value))
		return false;
	show_slot(w, s, m, extend(value, m->width * 8U, member_signed(m)));
	return true;
}

struct fields {
	bool hidden;	/* some were, because of the verbosity */
	bool stop;	/* something ended the struct early, and was said */
};

static void show_fields(struct walk *w, struct scope *s, unsigned first, unsigned count, struct fields *f)
{
	for (unsigned i = first; i < first + count && !f->stop; i++) {
		const struct member *m = &table_members[i];

		if (m->how & HOW_SWITCH) {
			const struct sig *sig = choose(w, s, &table_switches[m->type]);

			show_fields(w, s, sig->first, sig->count, f);
			continue;
		}
		if (absent(s, m) || !shown_now(w, m))
			continue;
		if (m->show > field_level(w) || (field_level(w) < 2 && !expr_cond(w, s, m->cond))) {
			f->hidden = true;
			continue;
		}
		if (!walk_spend(w, 1)) {
			f->hidden = f->stop = true;
		} else if (!show_field(w, s, m)) {
			w->sink->ops->more(w->sink, MORE_FAULT, 0);
			f->hidden = false;
			f->stop = true;
		}
	}
}

static bool show_struct(struct walk *w, const char *name, const struct type *t, uint64_t addr, uint64_t size)
{
	struct scope scope;
	struct fields f = {0};
	enum shape shape = t->traits & TYPE_UNNAMED ? SHAPE_UNNAMED : SHAPE_STRUCT;

	scope_init(&scope, t, addr, size);
	if (!scope_readable(w, &scope))
		return false;
	w->sink->ops->open(w->sink, name, shape, NULL);
	if (w->depth >= WALK_DEPTH) {
		f.hidden = true;
	} else {
		w->depth++;
		show_fields(w, &scope, t->first, t->count, &f);
		w->depth--;
	}
	if (f.hidden)
		w->sink->ops->more(w->sink, MORE_HIDDEN, 0);
	w->sink->ops->close(w->sink, shape);
	return true;
}

bool show_memory(struct walk *w, const char *name, unsigned type, uint64_t addr, uint64_t size)
{
	const struct type *t = &table_types[type];
	struct item item = {.name = name, .kind = t->kind, .addr = addr, .size = size};

	walk_spend(w, 1);
	if (t->cls == TYPE_STRUCT)
		return show_struct(w, name, t, addr, size);
	return put_kind(w, &item);
}

/* A pointer to a scalar, or to a pointer. */
static bool show_pointee(struct walk *w, const char *name, unsigned type, unsigned stars, uint64_t addr,
			 uint64_t size)
{
	const struct type *t = &table_types[type];
	unsigned width = stars > 1 ? w->word : size < t->width ? (unsigned)size : t->width;
	struct window window;
	uint64_t value;

	window_init(&window, addr, addr + width);
	if (!window_load(w, &window, addr, width, &value))
		return false;
	w->sink->ops->open(w->sink, name, SHAPE_POINTEE, NULL);
	if (w->depth >= WALK_DEPTH) {
		w->sink->ops->more(w->sink, MORE_HIDDEN, 0);
	} else {
		w->depth++;
		if (stars > 1)
			show_pointer(w, NULL, type, stars - 1, value, size);
		else
			show_scalar(w, NULL, type, extend(value, width * 8, t->traits & TYPE_SIGNED), width);
		w->depth--;
	}
	w->sink->ops->close(w->sink, SHAPE_POINTEE);
	return true;
}

/* Sets are shown even where addresses are wanted: a signal set has no other form. */
static bool is_set(const struct type *t)
{
	return t->cls == TYPE_KIND && t->traits & TYPE_MEMORY && kind_is_set(t->kind);
}

void show_pointer(struct walk *w, const char *name, unsigned type, unsigned stars, uint64_t addr, uint64_t size)
{
	const struct type *t = &table_types[type];
	bool shown = false;

	if (addr == 0 || (w->opt->addresses && !(stars == 1 && is_set(t))))
		shown = false;
	else if (stars > 1)
		shown = show_pointee(w, name, type, stars, addr, size);
	else if (t->cls == TYPE_KIND && size != SIZE_NONE && kind_is_bytes(t->kind))
		shown = put_bytes(w, name, t->kind, addr, size);
	else if (lives_in_memory(t))
		shown = show_memory(w, name, type, addr, size);
	else
		shown = show_pointee(w, name, type, stars, addr, size);
	if (!shown)
		show_unshown(w, name, addr);
}

void show_slot(struct walk *w, struct scope *s, const struct member *m, uint64_t value)
{
	const char *name = table_name(m->name);
	uint64_t size = SIZE_NONE;

	if (m->how & HOW_ARRAY) {
		if (value == 0 || w->opt->addresses || !show_array(w, s, m, value))
			show_unshown(w, name, value);
		return;
	}
	if (m->sized && !expr_size(w, s, m->sized, &size))
		w->sink->ops->address(w->sink, name, value);
	else if (m->stars)
		show_pointer(w, name, m->type, m->stars, value, size);
	else if (lives_in_memory(&table_types[m->type]))
		w->sink->ops->unknown(w->sink, name);
	else
		show_sized_scalar(w, name, m->type, value, m->width, size);
}

/* An `out` pointer in a struct that was an input: what it points to belongs to the result. */
static void show_out(struct walk *w, struct scope *s, const struct member *m, uint64_t value)
{
	const struct type *t = &table_types[m->type];
	struct window window;
	uint64_t v;

	if (m->how & HOW_ARRAY || m->stars != 1 || lives_in_memory(t) || m->sized) {
		show_slot(w, s, m, value);
		return;
	}
	window_init(&window, value, value + t->width);
	if (window_load(w, &window, value, t->width, &v))
		show_scalar(w, table_name(m->name), m->type, extend(v, t->width * 8U, t->traits & TYPE_SIGNED),
			    t->width);
	else
		show_unshown(w, table_name(m->name), value);
}

static unsigned outs_of_fields(struct walk *w, struct scope *s, unsigned first, unsigned count, enum outs outs);

/* Has the call written to what the `out` field points to? */
static bool field_written(const struct walk *w, struct scope *s, const struct member *m)
{
	int64_t v;

	return m->when ? expr_eval(w, s, m->when, &v) && v : w->ret_known;
}

static unsigned outs_of_field(struct walk *w, struct scope *s, const struct member *m, enum outs outs)
{
	bool is_struct = table_types[m->type].cls == TYPE_STRUCT && !(m->how & HOW_ARRAY);
	uint64_t value, addr = s->base + m->off;

	if (m->how & HOW_SWITCH) {
		const struct sig *sig = choose(w, s, &table_switches[m->type]);

		return outs_of_fields(w, s, sig->first, sig->count, outs);
	}
	if (absent(s, m) || m->show > field_level(w) || !expr_cond(w, s, m->cond) || !walk_spend(w, 1))
		return 0;
	if (is_struct && !m->stars && !(m->dir & DIR_OUT))
		return show_outs(w, m->type, addr, SIZE_NONE, outs);
	if (!member_pointer(m) || !window_load(w, &s->window, addr, m->width, &value) || value == 0)
		return 0;
	if (m->dir & DIR_OUT) {
		if (!field_written(w, s, m))
			return 0;
		if (outs == OUTS_SHOW)
			show_out(w, s, m, value);
		return 1;
	}
	if (is_struct && m->stars == 1) {
		uint64_t size = SIZE_NONE;

		if (!m->sized || expr_size(w, s, m->sized, &size))
			return show_outs(w, m->type, value, size, outs);
	}
	return 0;
}

static unsigned outs_of_fields(struct walk *w, struct scope *s, unsigned first, unsigned count, enum outs outs)
{
	unsigned n = 0;

	for (unsigned i = first; i < first + count; i++)
		n += outs_of_field(w, s, &table_members[i], outs);
	return n;
}

unsigned show_outs(struct walk *w, unsigned type, uint64_t addr, uint64_t size, enum outs outs)
{
	const struct type *t = &table_types[type];
	struct scope scope;
	unsigned n;

	if (!(t->traits & TYPE_OUTS) || addr == 0 || w->depth >= WALK_DEPTH || w->opt->addresses)
		return 0;
	scope_init(&scope, t, addr, size);
	w->depth++;
	n = outs_of_fields(w, &scope, t->first, t->count, outs);
	w->depth--;
	return n;
}
