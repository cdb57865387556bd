#include "sink_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct text_sink *text_of(struct sink *sink)
{
	return (struct text_sink *)sink;
}

static struct text_level *innermost(struct text_sink *t)
{
	return t->depth && t->depth <= TEXT_DEPTH ? &t->level[t->depth - 1] : NULL;
}

static const char *separator(enum shape shape)
{
	switch (shape) {
	case SHAPE_SET:
	case SHAPE_NOTSET:
		return " ";
	case SHAPE_DEVICE:
		return ",";
	case SHAPE_UNION:
		return "|";
	default:
		return ", ";
	}
}

static bool shows_names(const struct text_sink *t, const struct text_level *l)
{
	if (!l)
		return t->place == TEXT_PARAMS && t->opt.names;
	if (l->shape == SHAPE_UNNAMED)
		return t->opt.names;
	return l->shape == SHAPE_STRUCT || l->shape == SHAPE_EXTRA;
}

/* What stands between the value before and this one, and its name. */
static void begin(struct text_sink *t, const char *name)
{
	struct text_level *l = innermost(t);
	bool *first = l ? &l->first : &t->first;

	if (!*first && l)
		strbuf_puts(&t->text, separator(l->shape));
	else if (!*first)
		strbuf_puts(&t->text, t->place == TEXT_PARAMS ? ", " : " ");
	*first = false;
	if (name && shows_names(t, l)) {
		strbuf_puts(&t->text, name);
		strbuf_putc(&t->text, '=');
	}
}

static void mark(struct text_sink *t, enum text_mark what)
{
	if (t->opt.marks)
		strbuf_putc(&t->text, (char)what);
}

static void put_marked(struct text_sink *t, enum text_mark what, const char *text)
{
	mark(t, what);
	strbuf_puts(&t->text, text);
	mark(t, TEXT_MARK_END);
}

static void at(struct text_sink *t, enum text_place place)
{
	t->place = place;
	t->first = true;
	t->depth = 0;
}

static void text_call(struct sink *sink, const char *name)
{
	struct text_sink *t = text_of(sink);

	put_marked(t, TEXT_MARK_NAME, name);
	strbuf_putc(&t->text, '(');
	at(t, TEXT_PARAMS);
}

static void text_split(struct sink *sink)
{
	struct text_sink *t = text_of(sink);

	if (!t->first)
		strbuf_puts(&t->text, ", ");
	at(t, TEXT_BARE);
}

static void text_params_end(struct sink *sink)
{
	struct text_sink *t = text_of(sink);

	strbuf_puts(&t->text, ") = ");
	at(t, TEXT_RESULT);
}

static void text_noresult(struct sink *sink)
{
	struct text_sink *t = text_of(sink);

	strbuf_putc(&t->text, ')');
	at(t, TEXT_BARE);
}

static void text_resume(struct sink *sink, enum resume what)
{
	struct text_sink *t = text_of(sink);

	if (what == RESUME_NORESULT)
		strbuf_puts(&t->text, " = ");
	at(t, what == RESUME_PARAMS ? TEXT_PARAMS : TEXT_RESULT);
}

static void text_error(struct sink *sink, int err, const char *name)
{
	struct text_sink *t = text_of(sink);

	begin(t, NULL);
	mark(t, TEXT_MARK_ERROR);
	strbuf_puts(&t->text, "-1 [");
	if (name)
		strbuf_puts(&t->text, name);
	else
		strbuf_int(&t->text, err);
	strbuf_putc(&t->text, ']');
	mark(t, TEXT_MARK_END);
}

static void text_result_fault(struct sink *sink)
{
	struct text_sink *t = text_of(sink);

	begin(t, NULL);
	strbuf_puts(&t->text, "<fault>");
}

static const struct {
	const char *open, *close;
} brackets[] = {
	[SHAPE_STRUCT] = {"{", "}"},
	[SHAPE_UNNAMED] = {"{", "}"},
	[SHAPE_ARRAY] = {"[", "]"},
	[SHAPE_POINTEE] = {"{", "}"},
	[SHAPE_SET] = {"[", "]"},
	[SHAPE_NOTSET] = {"~[", "]"},
	[SHAPE_DEVICE] = {"<", ">"},
	[SHAPE_CALL] = {"(", ")"},
	[SHAPE_UNION] = {"", ""},
	[SHAPE_EXTRA] = {"(", ")"},
};

static void text_open(struct sink *sink, const char *name, enum shape shape, const char *label)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	if (label)
		strbuf_puts(&t->text, label);
	strbuf_puts(&t->text, brackets[shape].open);
	if (t->depth < TEXT_DEPTH)
		t->level[t->depth] = (struct text_level){.shape = (uint8_t)shape, .first = true};
	t->depth++;
}

static void text_close(struct sink *sink, enum shape shape)
{
	struct text_sink *t = text_of(sink);

	strbuf_puts(&t->text, brackets[shape].close);
	if (t->depth)
		t->depth--;
}

static void text_more(struct sink *sink, enum more what, uint64_t count)
{
	struct text_sink *t = text_of(sink);
	struct text_level *l = innermost(t);
	bool alone = !l || l->first;

	begin(t, NULL);
	switch (what) {
	case MORE_HIDDEN:
		strbuf_puts(&t->text, "..");
		break;
	case MORE_ELEMENTS:
		strbuf_printf(&t->text, alone ? "..(%llu)" : "..(+%llu)", (unsigned long long)count);
		break;
	case MORE_FAULT:
		strbuf_puts(&t->text, "..(?)");
		break;
	}
}

static void put_hex(struct text_sink *t, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	strbuf_add(&t->text, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15]}, 4);
}

static void put_byte(struct text_sink *t, unsigned char c)
{
	static const char letters[] = "abtnvfr";	/* \a is 7, \r is 13 */

	if (c >= '\a' && c <= '\r')
		strbuf_add(&t->text, (char[]){'\\', letters[c - '\a']}, 2);
	else if (c == '"' || c == '\\')
		strbuf_add(&t->text, (char[]){'\\', (char)c}, 2);
	else if (c < ' ' || c > '~')
		put_hex(t, c);
	else
		strbuf_putc(&t->text, (char)c);
}

static void put_number(struct text_sink *t, uint64_t value, enum format format, unsigned width)
{
	uint64_t bits = width == 0 || width >= 8 ? value : value & ((UINT64_C(1) << width * 8) - 1);

	switch (format) {
	case FORMAT_SIGNED:
	case FORMAT_FD:
		strbuf_int(&t->text, (int64_t)value);
		break;
	case FORMAT_UNSIGNED:
		strbuf_digits(&t->text, bits, 10);
		break;
	case FORMAT_HEX:
		strbuf_puts(&t->text, "0x");
		strbuf_digits(&t->text, bits, 16);
		break;
	case FORMAT_OCTAL:
		if (bits)
			strbuf_putc(&t->text, '0');
		strbuf_digits(&t->text, bits, 8);
		break;
	case FORMAT_CHAR:
		strbuf_putc(&t->text, '\'');
		if ((unsigned char)value == '\0')
			strbuf_puts(&t->text, "\\0");
		else if ((unsigned char)value == '\'')
			strbuf_puts(&t->text, "\\'");
		else if ((unsigned char)value == '"')
			strbuf_putc(&t->text, '"');
		else
			put_byte(t, (unsigned char)value);
		strbuf_putc(&t->text, '\'');
		break;
	}
}

/* What is behind it, in <>: after a number or a constant that is a descriptor. */
static void put_descriptor(struct text_sink *t, uint64_t value, enum format format)
{
	size_t before = t->text.len;

	if (format != FORMAT_FD || !t->opt.descriptor)
		return;
	strbuf_putc(&t->text, '<');
	t->opt.descriptor(t->ctx, (int)value, &t->text);
	if (t->text.len == before + 1)
		strbuf_truncate(&t->text, before);
	else
		strbuf_putc(&t->text, '>');
}

static void text_number(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	put_number(t, value, format, width);
	put_descriptor(t, value, format);
}

/* Sets are shown by names even under -n. */
static bool in_set(struct text_sink *t)
{
	struct text_level *l = innermost(t);

	return l && (l->shape == SHAPE_SET || l->shape == SHAPE_NOTSET);
}

static void text_constant(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
			  const char *constant)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	if (t->opt.numeric && !in_set(t))
		put_number(t, value, format, width);
	else
		put_marked(t, TEXT_MARK_CONSTANT, constant);
	put_descriptor(t, value, format);
}

static void text_flags(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
		       const char *const *names, size_t n, uint64_t rest)
{
	struct text_sink *t = text_of(sink);

	if (t->opt.numeric) {
		n = 0;
		rest = value;
	}
	begin(t, name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			strbuf_putc(&t->text, '|');
		put_marked(t, TEXT_MARK_CONSTANT, names[i]);
	}
	if (rest) {
		if (n)
			strbuf_putc(&t->text, '|');
		put_number(t, rest, format, width);
	} else if (n == 0) {
		strbuf_putc(&t->text, '0');
	}
}

static void text_string_open(struct sink *sink, const char *name, enum string_form form)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	mark(t, TEXT_MARK_STRING);
	strbuf_putc(&t->text, '"');
	t->form = form;
	t->nul = false;
}

/* A NUL is `\0`, and `\000` where a digit after it would make that another character. */
static void flush_nul(struct text_sink *t, bool digit_follows)
{
	if (t->nul)
		strbuf_puts(&t->text, digit_follows ? "\\000" : "\\0");
	t->nul = false;
}

/* How many bytes from here on are shown as they are? */
static size_t plain(const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '"' && bytes[i] != '\\')
		i++;
	return i;
}

static void text_string_bytes(struct sink *sink, const char *bytes, size_t n)
{
	struct text_sink *t = text_of(sink);

	for (size_t i = 0, run; i < n; i += run ? run : 1) {
		unsigned char c = (unsigned char)bytes[i];

		run = t->form == STRING_HEX ? 0 : plain(bytes + i, n - i);
		if (t->form == STRING_HEX) {
			put_hex(t, c);
			continue;
		}
		flush_nul(t, c >= '0' && c <= '9');
		strbuf_add(&t->text, bytes + i, run);
		if (run == 0 && c == '\0')
			t->nul = true;
		else if (run == 0)
			put_byte(t, c);
	}
}

static void text_string_close(struct sink *sink, enum string_end end)
{
	struct text_sink *t = text_of(sink);

	flush_nul(t, false);
	strbuf_putc(&t->text, '"');
	mark(t, TEXT_MARK_END);
	if (end == STRING_CUT)
		strbuf_puts(&t->text, "..");
	else if (end == STRING_FAULT)
		strbuf_puts(&t->text, "..(?)");
}

static void text_address(struct sink *sink, const char *name, uint64_t addr)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	if (addr == 0 && !t->opt.numeric) {
		strbuf_puts(&t->text, "NULL");
	} else {
		strbuf_puts(&t->text, "&0x");
		strbuf_digits(&t->text, addr, 16);
	}
}

static void text_token(struct sink *sink, const char *name, const char *token, uint64_t value, enum format format,
		       unsigned width)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	if (t->opt.numeric && width && !in_set(t))
		put_number(t, value, format, width);
	else
		put_marked(t, TEXT_MARK_CONSTANT, token);
}

static void text_unknown(struct sink *sink, const char *name)
{
	struct text_sink *t = text_of(sink);

	begin(t, name);
	strbuf_puts(&t->text, "&..");
}

static const struct sink_ops text_ops = {
	.call = text_call,
	.split = text_split,
	.params_end = text_params_end,
	.noresult = text_noresult,
	.resume = text_resume,
	.error = text_error,
	.result_fault = text_result_fault,
	.open = text_open,
	.close = text_close,
	.more = text_more,
	.number = text_number,
	.constant = text_constant,
	.flags = text_flags,
	.string_open = text_string_open,
	.string_bytes = text_string_bytes,
	.string_close = text_string_close,
	.address = text_address,
	.fault = text_address,
	.token = text_token,
	.unknown = text_unknown,
};

void text_sink_init(struct text_sink *t, const struct text_options *opt)
{
	*t = (struct text_sink){.sink = {&text_ops}, .opt = *opt, .place = TEXT_BARE, .first = true};
}

void text_sink_free(struct text_sink *t)
{
	strbuf_free(&t->text);
}
