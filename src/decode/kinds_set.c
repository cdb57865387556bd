/* Kinds that are bit maps: signals, descriptors, CPUs. */
#include <stdio.h>
#include <string.h>

#include "kinds.h"

#define MAX_BITS (1U << 20)
#define MAX_SIGNALS 128

/* A bit map in memory: words of the caller's ABI, as the kernel reads them. */
struct bits {
	const struct walk *w;
	uint64_t addr;
	uint64_t n;	/* bits */
	struct window win;
	uint64_t index;	/* of the word at hand, + 1 */
	uint64_t word;
	bool fault;	/* the next word cannot be read: the map ends here */
};

static void bits_init(struct bits *b, const struct walk *w, uint64_t addr, uint64_t n)
{
	b->w = w;
	b->addr = addr;
	b->n = n < MAX_BITS ? n : MAX_BITS;
	window_init(&b->win, addr, addr + (b->n + 7) / 8);
	b->index = 0;
	b->fault = false;
}

static bool load_word(struct bits *b, uint64_t index)
{
	unsigned word = b->w->word;
	uint64_t from = index * word, bytes = (b->n + 7) / 8 - from;
	uint8_t raw[8] = {0};
	uint32_t half;

	if (!window_read(b->w, &b->win, b->addr + from, raw, bytes < word ? (size_t)bytes : word)) {
		b->fault = true;
		return false;
	}
	if (word == 4) {
		memcpy(&half, raw, sizeof(half));
		b->word = half;
	} else {
		memcpy(&b->word, raw, sizeof(b->word));
	}
	b->index = index + 1;
	return true;
}

/* The first bit at or after i that is set; b->n when there is none. */
static uint64_t next_bit(struct bits *b, uint64_t i)
{
	unsigned width = b->w->word * 8;

	while (i < b->n && !b->fault) {
		if (b->index != i / width + 1 && !load_word(b, i / width))
			break;
		if (b->word >> i % width & 1)
			return i;
		i = b->word >> i % width ? i + 1 : (i / width + 1) * width;
	}
	return b->n;
}

static bool bits_readable(struct bits *b)
{
	return b->n == 0 || load_word(b, 0);
}

const char *decode_signal(uint64_t number, char buf[16])
{
	const char *name;

	if (number == 0 || number > 64)
		return NULL;
	name = decode_constant(TYPE_signal, number);
	if (name)
		return strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
	/* The C library keeps the first two real-time signals of the kernel for itself: its SIGRTMIN is 34. */
	if (number < 34)
		snprintf(buf, 16, "%u", (unsigned)number);
	else if (number == 34)
		return "RTMIN";
	else
		snprintf(buf, 16, "RTMIN+%u", (unsigned)number - 34);
	return buf;
}

bool put_sigset(struct walk *w, const struct item *it)
{
	uint64_t bytes = it->size == SIZE_NONE ? 8 : it->size;
	bool member[MAX_SIGNALS] = {false};
	unsigned n, count = 0;
	struct bits b;
	char buf[16];

	if (bytes > MAX_SIGNALS / 8)
		return false;	/* no kernel takes such a set */
	n = (unsigned)bytes * 8;
	bits_init(&b, w, it->addr, n);
	if (!bits_readable(&b))
		return false;
	for (uint64_t i = next_bit(&b, 0); i < n; i = next_bit(&b, i + 1)) {
		member[i] = true;
		count++;
	}
	bool inverted = count > n - count;
	enum shape shape = inverted ? SHAPE_NOTSET : SHAPE_SET;

	w->sink->ops->open(w->sink, it->name, shape, NULL);
	for (unsigned i = 0; i < n; i++) {
		if (member[i] == inverted)
			continue;
		const char *name = decode_signal(i + 1, buf);
		if (name)
			w->sink->ops->constant(w->sink, NULL, i + 1, FORMAT_SIGNED, 4, name);
		else
			w->sink->ops->number(w->sink, NULL, i + 1, FORMAT_SIGNED, 4);
	}
	if (b.fault)
		w->sink->ops->more(w->sink, MORE_FAULT, 0);
	w->sink->ops->close(w->sink, shape);
	return true;
}

static void close_set(struct walk *w, const struct bits *b, uint64_t left)
{
	if (left)
		w->sink->ops->more(w->sink, MORE_ELEMENTS, left);
	else if (b->fault)
		w->sink->ops->more(w->sink, MORE_FAULT, 0);
	w->sink->ops->close(w->sink, SHAPE_SET);
}

bool put_fdset(struct walk *w, const struct item *it)
{
	uint64_t limit = array_limit(w, &table_types[it->kind]), n = 0;
	struct bits b;

	bits_init(&b, w, it->addr, it->size == SIZE_NONE ? 1024 : it->size);
	if (!bits_readable(&b))
		return false;
	w->sink->ops->open(w->sink, it->name, SHAPE_SET, NULL);
	for (uint64_t i = next_bit(&b, 0); i < b.n; i = next_bit(&b, i + 1)) {
		if (n++ < limit && walk_spend(w, 1))
			w->sink->ops->number(w->sink, NULL, i, FORMAT_FD, 4);
	}
	close_set(w, &b, n > limit ? n - limit : 0);
	return true;
}

bool put_cpuset(struct walk *w, const struct item *it)
{
	uint64_t limit = array_limit(w, &table_types[it->kind]), n = 0, end;
	char buf[48];
	struct bits b;

	bits_init(&b, w, it->addr, it->size == SIZE_NONE ? 1024 : it->size < MAX_BITS ? it->size * 8 : MAX_BITS);
	if (!bits_readable(&b))
		return false;
	w->sink->ops->open(w->sink, it->name, SHAPE_SET, NULL);
	for (uint64_t i = next_bit(&b, 0); i < b.n; i = next_bit(&b, end)) {
		for (end = i + 1; end < b.n && next_bit(&b, end) == end;)
			end++;
		if (n++ >= limit || !walk_spend(w, 1))
			continue;
		if (end == i + 1) {
			w->sink->ops->number(w->sink, NULL, i, FORMAT_UNSIGNED, 4);
			continue;
		}
		snprintf(buf, sizeof(buf), "%u-%u", (unsigned)i, (unsigned)end - 1);
		w->sink->ops->token(w->sink, NULL, buf, 0, FORMAT_UNSIGNED, 0);
	}
	close_set(w, &b, n > limit ? n - limit : 0);
	return true;
}
