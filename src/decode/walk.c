#include "walk.h"

#include <string.h>

#include "expr.h"

void walk_init(struct walk *w, const struct call_record *rec, const struct target *target,
	       const struct decode_options *opt, struct sink *sink)
{
	*w = (struct walk){
		.rec = rec,
		.target = target,
		.opt = opt,
		.sink = sink,
		.word = rec && rec->word ? rec->word : sizeof(void *),
		.budget = SIZE_NONE,
	};
}

size_t walk_read(const struct walk *w, uint64_t addr, void *buf, size_t len)
{
	if (addr + len < addr)	/* beyond the end of any address space */
		len = (size_t)(0 - addr);
	if (len == 0 || !w->target || !w->target->read)
		return 0;
	size_t got = w->target->read(w->target->ctx, addr, buf, len);
	return got < len ? got : len;
}

void window_init(struct window *win, uint64_t from, uint64_t end)
{
	win->from = from;
	win->end = end < from ? UINT64_MAX : end;
	win->tried = 0;
	win->got = 0;
}

bool window_read(const struct walk *w, struct window *win, uint64_t addr, void *buf, size_t len)
{
	if (len > sizeof(win->bytes))
		return walk_read(w, addr, buf, len) == len;
	if (addr < win->from || addr - win->from >= win->tried || len > win->tried - (addr - win->from)) {
		uint64_t ahead = addr < win->end ? win->end - addr : 0;

		win->from = addr;
		win->tried = ahead > sizeof(win->bytes) ? sizeof(win->bytes) : ahead > len ? (size_t)ahead : len;
		win->got = walk_read(w, addr, win->bytes, win->tried);
	}
	size_t at = (size_t)(addr - win->from);
	if (at > win->got || len > win->got - at)
		return false;
	memcpy(buf, win->bytes + at, len);
	return true;
}

bool window_load(const struct walk *w, struct window *win, uint64_t addr, unsigned width, uint64_t *value)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} v;

	if (width != 1 && width != 2 && width != 4 && width != 8)
		return false;
	if (!window_read(w, win, addr, &v, width))
		return false;
	*value = width == 1 ? v.u8 : width == 2 ? v.u16 : width == 4 ? v.u32 : v.u64;
	return true;
}

uint64_t bit_field(uint64_t storage, const struct member *m)
{
	bool is_signed = table_types[m->type].cls == TYPE_KIND && member_signed(m);

	return extend(storage >> (m->off & 63), m->width, is_signed);
}

uint64_t walk_arg(const struct walk *w, const struct member *m)
{
	uint64_t value = w->rec && m->off < 6 ? w->rec->arg[m->off] : 0;
	unsigned width = member_pointer(m) ? w->word : m->width;

	return extend(value, width * 8, member_signed(m));
}

void scope_init(struct scope *s, const struct type *t, uint64_t addr, uint64_t size)
{
	s->what = SCOPE_STRUCT;
	s->base = addr;
	s->sized = size != SIZE_NONE;
	s->size = s->sized ? size : t->width;
	window_init(&s->window, addr, addr + (s->size < t->width ? s->size : t->width));
}

bool scope_readable(const struct walk *w, struct scope *s)
{
	uint8_t byte;

	return s->size == 0 || window_read(w, &s->window, s->base, &byte, 1);
}

static const struct sig *find_case(const struct swtch *sw, uint64_t key)
{
	unsigned low = 0, high = sw->count;

	while (low < high) {
		unsigned mid = (low + high) / 2;
		const struct swcase *c = &table_cases[sw->first + mid];

		if (c->value == key)
			return &table_sigs[c->sig];
		if (c->value < key)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct sig *choose(const struct walk *w, struct scope *s, const struct swtch *sw)
{
	int64_t key;
	const struct sig *sig = NULL;

	if (expr_eval(w, s, sw->key, &key))
		sig = find_case(sw, (uint64_t)key);
	return sig ? sig : &table_sigs[sw->other];
}
