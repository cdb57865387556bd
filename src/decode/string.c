/* Strings of the program's memory, piece by piece. */
#include <limits.h>
#include <string.h>

#include "walk.h"

#define STRING_MAX (1U << 20)	/* bytes shown where the limit is "all" */
#define PIECE 256U		/* no page is smaller, and most strings are: what is behind their end is copied too */

static uint64_t string_limit(const struct walk *w)
{
	static const uint64_t limits[] = {32, 256, STRING_MAX};

	if (w->opt->string_limit >= 0)
		return (uint64_t)w->opt->string_limit;
	return limits[w->opt->verbose < 2 ? w->opt->verbose : 2];
}

/* A string being shown. */
struct text {
	const char *name;
	uint64_t addr;
	uint64_t n;	/* bytes there are, at most */
	uint64_t limit;	/* bytes shown, at most */
	enum string_kind kind;
	enum string_form form;
};

/* Does anything follow the bytes that the limit lets through? */
static enum string_end end_at_limit(const struct walk *w, const struct text *t)
{
	char c;

	if (t->n <= t->limit)
		return STRING_WHOLE;
	if (t->kind == STRING_TO_NUL && walk_read(w, t->addr + t->limit, &c, 1) == 1 && c == '\0')
		return STRING_WHOLE;
	return STRING_CUT;
}

static bool show_text(struct walk *w, const struct text *t)
{
	uint64_t all = t->n < t->limit ? t->n : t->limit, done = 0;
	enum string_end end = STRING_WHOLE;
	bool open = false, ended = false;
	char bytes[PIECE];

	while (done < all && !ended) {
		uint64_t addr = t->addr + done;
		size_t want = PIECE - addr % PIECE;
		size_t part = want < all - done ? want : (size_t)(all - done);
		size_t got = walk_read(w, addr, bytes, part);
		const char *nul = t->kind == STRING_TO_NUL ? memchr(bytes, '\0', got) : NULL;
		size_t n = nul ? (size_t)(nul - bytes) : got;

		if (got == 0 && done == 0)
			return false;
		if (!open)
			w->sink->ops->string_open(w->sink, t->name, t->form);
		open = true;
		w->sink->ops->string_bytes(w->sink, bytes, n);
		done += n;
		ended = nul || got < part || !walk_spend(w, (unsigned)n / 64);
		if (!nul && ended)
			end = got < part ? STRING_FAULT : STRING_CUT;
	}
	if (!open)
		w->sink->ops->string_open(w->sink, t->name, t->form);
	w->sink->ops->string_close(w->sink, ended ? end : end_at_limit(w, t));
	return true;
}

bool show_string(struct walk *w, const char *name, uint64_t addr, uint64_t n, enum string_kind kind,
		 enum string_form form)
{
	struct text t = {name, addr, n, string_limit(w), kind, form};

	return show_text(w, &t);
}

bool show_path(struct walk *w, const char *name, uint64_t addr, uint64_t n)
{
	struct text t = {name, addr, n, PATH_MAX, STRING_TO_NUL, STRING_PATH};

	return show_text(w, &t);
}
