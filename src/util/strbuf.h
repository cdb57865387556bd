/*
 * A string that grows.  Appending never fails visibly: when memory runs out
 * or the limit is reached the buffer is marked and further text is dropped,
 * so that printers need no error paths; whoever writes the text out looks at
 * `lost` once.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
	char *s;	/* NUL-terminated once anything was appended; owned */
	size_t len;
	size_t cap;
	bool lost;	/* text was dropped: out of memory */
};

void strbuf_free(struct strbuf *);

/* Makes it empty, keeping its memory. */
void strbuf_clear(struct strbuf *);

/* Takes back what came after that length. */
void strbuf_truncate(struct strbuf *, size_t len);

/* Makes room for n more bytes and the NUL; false: there is none. */
bool strbuf_grow(struct strbuf *, size_t n);

/* Inline, as a line is made of many small pieces. */
static inline void strbuf_add(struct strbuf *b, const char *bytes, size_t n)
{
	if (n >= b->cap - b->len && !strbuf_grow(b, n))
		return;
	memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
}

static inline void strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

static inline void strbuf_putc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

/* Numbers, without printf, which is slow: most of what is printed is numbers. */
void strbuf_int(struct strbuf *, int64_t);
void strbuf_digits(struct strbuf *, uint64_t value, unsigned base);	/* base 8, 10 or 16 */
void strbuf_printf(struct strbuf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text, "" when there is none.  Valid until the next change. */
const char *strbuf_str(const struct strbuf *);

#endif
