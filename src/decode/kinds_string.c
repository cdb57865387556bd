/* Kinds that are bytes in memory: strings, and buffers of them. */
#include "kinds.h"

bool put_bytes(struct walk *w, const char *name, unsigned kind, uint64_t addr, uint64_t n)
{
	switch (kind) {
	case KIND_text:
		return show_string(w, name, addr, n, STRING_TO_NUL, STRING_TEXT);
	case KIND_filename:
		return show_path(w, name, addr, n);
	case KIND_hex:
		return show_string(w, name, addr, n, STRING_BYTES, STRING_HEX);
	default:
		return show_string(w, name, addr, n, STRING_BYTES, STRING_TEXT);
	}
}

/* Nothing is known of it, and so nothing is shown but where it is. */
bool put_void(struct walk *w, const struct item *it)
{
	w->sink->ops->address(w->sink, it->name, it->addr);
	return true;
}

bool put_hex(struct walk *w, const struct item *it)
{
	return it->size != SIZE_NONE && put_bytes(w, it->name, it->kind, it->addr, it->size);
}

static bool is_address(const struct walk *w, const struct item *it)
{
	return it->value == 0 || w->opt->addresses || w->opt->string_addresses;
}

bool put_string(struct walk *w, const struct item *it)
{
	return !is_address(w, it) && show_string(w, it->name, it->value, it->size, STRING_TO_NUL, STRING_TEXT);
}

bool put_arg(struct walk *w, const struct item *it)
{
	return put_string(w, it);
}

bool put_env(struct walk *w, const struct item *it)
{
	return put_string(w, it);
}

bool put_path(struct walk *w, const struct item *it)
{
	return !is_address(w, it) && show_path(w, it->name, it->value, it->size);
}

/* struct iovec of the caller's ABI: two words.  See readv(2). */
bool put_iovec(struct walk *w, const struct item *it)
{
	struct window win;
	uint64_t base, len, n;

	window_init(&win, it->addr, it->addr + UINT64_C(2) * w->word);
	if (!window_load(w, &win, it->addr, w->word, &base))
		return false;
	w->sink->ops->open(w->sink, it->name, SHAPE_STRUCT, NULL);
	if (!window_load(w, &win, it->addr + w->word, w->word, &len)) {
		w->sink->ops->address(w->sink, "iov_base", base);
		w->sink->ops->more(w->sink, MORE_FAULT, 0);
	} else {
		n = len < w->budget ? len : w->budget;
		if (w->budget != SIZE_NONE)
			w->budget -= n;
		if (base == 0 || w->opt->addresses || w->opt->string_addresses ||
		    !show_string(w, "iov_base", base, n, STRING_BYTES, STRING_TEXT))
			show_unshown(w, "iov_base", base);
		w->sink->ops->number(w->sink, "iov_len", len, FORMAT_UNSIGNED, w->word);
	}
	w->sink->ops->close(w->sink, SHAPE_STRUCT);
	return true;
}
