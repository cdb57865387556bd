#include "strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_free(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){0};
}

void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	b->lost = false;
	if (b->s)
		b->s[0] = '\0';
}

bool strbuf_grow(struct strbuf *b, size_t n)
{
	if (n < b->cap - b->len)
		return true;
	size_t cap = b->cap ? b->cap : 256;
	while (cap - b->len <= n) {
		if (cap > (size_t)-1 / 2) {
			b->lost = true;
			return false;
		}
		cap *= 2;
	}
	char *s = realloc(b->s, cap);
	if (!s) {
		b->lost = true;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void strbuf_truncate(struct strbuf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->s[len] = '\0';
}

void strbuf_digits(struct strbuf *b, uint64_t value, unsigned base)
{
	char digits[22];	/* of 2^64 in base 8 */
	size_t i = sizeof(digits);

	/* A base that is known needs no division. */
	if (base == 16)
		do
			digits[--i] = "0123456789abcdef"[value & 15];
		while ((value >>= 4) != 0);
	else if (base == 8)
		do
			digits[--i] = (char)('0' + (value & 7));
		while ((value >>= 3) != 0);
	else
		do
			digits[--i] = (char)('0' + value % 10);
		while ((value /= 10) != 0);
	strbuf_add(b, digits + i, sizeof(digits) - i);
}

void strbuf_int(struct strbuf *b, int64_t value)
{
	if (value < 0)
		strbuf_putc(b, '-');
	strbuf_digits(b, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	size_t room = b->cap - b->len;
	int n = vsnprintf(b->s ? b->s + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		if (strbuf_grow(b, (size_t)n))
			vsnprintf(b->s + b->len, b->cap - b->len, fmt, again);
		else
			n = 0;
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
}

const char *strbuf_str(const struct strbuf *b)
{
	return b->s ? b->s : "";
}
