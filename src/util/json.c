#include "json.h"

#include <string.h>

void json_key(struct strbuf *b, const char *name)
{
	if (b->len && !strchr("{[:,\n", b->s[b->len - 1]))
		strbuf_putc(b, ',');
	if (!name)
		return;
	strbuf_putc(b, '"');
	strbuf_puts(b, name);
	strbuf_add(b, "\":", 2);
}

void json_open(struct strbuf *b, const char *name, char bracket)
{
	json_key(b, name);
	strbuf_putc(b, bracket);
}

void json_close(struct strbuf *b, char bracket)
{
	strbuf_putc(b, bracket);
}

void json_null(struct strbuf *b, const char *name)
{
	json_key(b, name);
	strbuf_puts(b, "null");
}

void json_true(struct strbuf *b, const char *name)
{
	json_key(b, name);
	strbuf_puts(b, "true");
}

/* Decimal digits, at least `least` of them.  Numbers are most of the output, and printf would take half of the time. */
static void put_digits(struct strbuf *b, uint64_t value, unsigned least)
{
	char digits[20], *end = digits + sizeof(digits), *p = end;

	do
		*--p = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (p > digits && (size_t)(end - p) < least)
		*--p = '0';
	strbuf_add(b, p, (size_t)(end - p));
}

void json_uint(struct strbuf *b, const char *name, uint64_t value)
{
	json_key(b, name);
	put_digits(b, value, 1);
}

void json_int(struct strbuf *b, const char *name, int64_t value)
{
	json_key(b, name);
	if (value < 0)
		strbuf_putc(b, '-');
	put_digits(b, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

void json_number(struct strbuf *b, const char *name, struct json_number n)
{
	if (n.is_signed)
		json_int(b, name, (int64_t)n.value);
	else
		json_uint(b, name, n.value);
}

void json_seconds(struct strbuf *b, const char *name, uint64_t nanoseconds, unsigned decimals)
{
	uint64_t fraction = nanoseconds % 1000000000;

	json_uint(b, name, nanoseconds / 1000000000);
	if (decimals == 0)
		return;
	for (unsigned i = decimals; i < 9; i++)
		fraction /= 10;
	strbuf_putc(b, '.');
	put_digits(b, fraction, decimals);
}

void json_address(struct strbuf *b, const char *name, uint64_t address)
{
	json_key(b, name);
	if (address == 0)
		strbuf_puts(b, "null");
	else
		strbuf_printf(b, "\"0x%llx\"", (unsigned long long)address);
}

enum { UTF8_INVALID = 0, UTF8_INCOMPLETE = -1 };

/* Length of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates), of which n > 0 bytes are there. */
static int sequence(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char first, last;	/* of the first byte */
		unsigned char low, high;	/* of the second byte */
		unsigned length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (n > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return UTF8_INVALID;
		for (size_t j = 2; j < forms[i].length && j < n; j++)
			if (p[j] < 0x80 || p[j] > 0xbf)
				return UTF8_INVALID;
		return n < forms[i].length ? UTF8_INCOMPLETE : (int)forms[i].length;
	}
	return UTF8_INVALID;
}

/* Is it UTF-8?  Of what is not whole the beginning of a last character is taken off. */
static bool is_text(const char *bytes, size_t *n, enum json_end end)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t i = 0;

	while (i < *n) {
		int length = sequence(p + i, *n - i);

		if (length == UTF8_INCOMPLETE && end != JSON_WHOLE && i > 0) {
			*n = i;
			return true;
		}
		if (length <= 0)
			return false;
		i += (size_t)length;
	}
	return true;
}

/* The bytes at p that are written as they are: the C0 and C1 controls, DEL, the quote and the backslash are not. */
static size_t plain(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= ' ' && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f &&
	       !(p[i] == 0xc2 && p[i + 1] < 0xa0))
		i++;
	return i;
}

/* Valid UTF-8 as a string. */
static void put_quoted(struct strbuf *b, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;

	strbuf_putc(b, '"');
	for (size_t i = 0; i < n;) {
		size_t run = plain(p + i, n - i);

		strbuf_add(b, bytes + i, run);
		i += run;
		if (i == n)
			break;
		if (p[i] == 0xc2)	/* U+0080 to U+009F: its second byte is its number */
			i++;
		if (p[i] == '"' || p[i] == '\\')
			strbuf_printf(b, "\\%c", p[i]);
		else
			strbuf_printf(b, "\\u%04x", p[i]);
		i++;
	}
	strbuf_putc(b, '"');
}

static void put_hex(struct strbuf *b, const char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	strbuf_putc(b, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char pair[2] = {digits[c >> 4], digits[c & 15]};

		strbuf_add(b, pair, 2);
	}
	strbuf_putc(b, '"');
}

typedef void put_fn(struct strbuf *, const char *bytes, size_t n);

/* An object for what is no plain string: {"bytes":"..","truncated":true}. */
static void put_object(struct strbuf *b, const char *key, put_fn *put, const char *bytes, size_t n, enum json_end end)
{
	json_open(b, NULL, '{');
	json_key(b, key);
	put(b, bytes, n);
	if (end != JSON_WHOLE)
		json_true(b, "truncated");
	if (end == JSON_FAULT)
		json_true(b, "fault");
	json_close(b, '}');
}

void json_bytes(struct strbuf *b, const char *name, const char *bytes, size_t n, enum json_end end)
{
	json_key(b, name);
	put_object(b, "bytes", put_hex, bytes, n, end);
}

void json_string(struct strbuf *b, const char *name, const char *bytes, size_t n, enum json_end end)
{
	size_t length = n;

	json_key(b, name);
	if (!is_text(bytes, &length, end))
		put_object(b, "bytes", put_hex, bytes, n, end);
	else if (end != JSON_WHOLE)
		put_object(b, "string", put_quoted, bytes, length, end);
	else
		put_quoted(b, bytes, n);
}

void json_text(struct strbuf *b, const char *name, const char *text)
{
	json_string(b, name, text, strlen(text), JSON_WHOLE);
}

void json_constant(struct strbuf *b, const char *name, const char *constant, struct json_number n)
{
	if (!constant) {
		json_number(b, name, n);
		return;
	}
	json_open(b, name, '{');
	json_text(b, "name", constant);
	json_number(b, "value", n);
	json_close(b, '}');
}
