#include "json.h"

#include <stdint.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_KEYS = 256 };

struct text {
	const uint8_t *at, *end;
	unsigned depth;
};

static bool value(struct text *);

static bool take(struct text *t, uint8_t c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool in_range(struct text *t, uint8_t low, uint8_t high)
{
	if (t->at == t->end || *t->at < low || *t->at > high)
		return false;
	t->at++;
	return true;
}

static bool word(struct text *t, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(t->end - t->at) < n || memcmp(t->at, w, n) != 0)
		return false;
	t->at += n;
	return true;
}

static bool digits(struct text *t)
{
	if (!in_range(t, '0', '9'))
		return false;
	while (in_range(t, '0', '9'))
		;
	return true;
}

static bool number(struct text *t)
{
	take(t, '-');
	if (!take(t, '0') && !digits(t))
		return false;
	if (take(t, '.') && !digits(t))
		return false;
	if (take(t, 'e') || take(t, 'E')) {
		if (!take(t, '+'))
			take(t, '-');
		return digits(t);
	}
	return true;
}

static bool hex(struct text *t)
{
	return in_range(t, '0', '9') || in_range(t, 'a', 'f') || in_range(t, 'A', 'F');
}

static bool escape(struct text *t)
{
	if (take(t, 'u'))
		return hex(t) && hex(t) && hex(t) && hex(t);
	return t->at < t->end && *t->at != '\0' && strchr("\"\\/bfnrt", *t->at++);
}

/* One character of UTF-8: Unicode 15, table 3-7. */
static bool character(struct text *t)
{
	if (in_range(t, 0x20, 0x7f))
		return true;
	if (in_range(t, 0xc2, 0xdf))
		return in_range(t, 0x80, 0xbf);
	if (take(t, 0xe0))
		return in_range(t, 0xa0, 0xbf) && in_range(t, 0x80, 0xbf);
	if (take(t, 0xed))
		return in_range(t, 0x80, 0x9f) && in_range(t, 0x80, 0xbf);
	if (in_range(t, 0xe1, 0xef))
		return in_range(t, 0x80, 0xbf) && in_range(t, 0x80, 0xbf);
	if (take(t, 0xf0))
		return in_range(t, 0x90, 0xbf) && in_range(t, 0x80, 0xbf) && in_range(t, 0x80, 0xbf);
	if (take(t, 0xf4))
		return in_range(t, 0x80, 0x8f) && in_range(t, 0x80, 0xbf) && in_range(t, 0x80, 0xbf);
	return in_range(t, 0xf1, 0xf3) && in_range(t, 0x80, 0xbf) && in_range(t, 0x80, 0xbf) &&
	       in_range(t, 0x80, 0xbf);
}

static bool string(struct text *t)
{
	if (!take(t, '"'))
		return false;
	while (!take(t, '"')) {
		if (take(t, '\\') ? !escape(t) : !character(t))
			return false;
	}
	return true;
}

static bool elements(struct text *t)
{
	if (take(t, ']'))
		return true;
	do {
		if (!value(t))
			return false;
	} while (take(t, ','));
	return take(t, ']');
}

struct keys {
	struct {
		const uint8_t *at;
		size_t n;
	} key[MAX_KEYS];
	unsigned n;
};

/* A key that the object does not have yet. */
static bool new_key(struct text *t, struct keys *keys)
{
	const uint8_t *at = t->at;

	if (keys->n == MAX_KEYS || !string(t))
		return false;
	size_t n = (size_t)(t->at - at);
	for (unsigned i = 0; i < keys->n; i++) {
		if (keys->key[i].n == n && memcmp(keys->key[i].at, at, n) == 0)
			return false;
	}
	keys->key[keys->n].at = at;
	keys->key[keys->n++].n = n;
	return true;
}

static bool members(struct text *t)
{
	struct keys keys = {.n = 0};

	if (take(t, '}'))
		return true;
	do {
		if (!new_key(t, &keys) || !take(t, ':') || !value(t))
			return false;
	} while (take(t, ','));
	return take(t, '}');
}

static bool value(struct text *t)
{
	bool ok;

	if (t->at == t->end || ++t->depth > MAX_DEPTH)
		return false;
	switch (*t->at) {
	case '{':
		t->at++;
		ok = members(t);
		break;
	case '[':
		t->at++;
		ok = elements(t);
		break;
	case '"':
		ok = string(t);
		break;
	default:
		ok = word(t, "true") || word(t, "false") || word(t, "null") || number(t);
	}
	t->depth--;
	return ok;
}

bool is_json(const char *s, size_t n)
{
	struct text t = {(const uint8_t *)s, (const uint8_t *)s + n, 0};

	return s && value(&t) && t.at == t.end;
}
