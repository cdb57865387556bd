#include "nearest.h"

#include <string.h>

enum { NAME_MAX_LEN = 63 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters have to be added, taken away, changed, or swapped with the next, to make one of the other. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MAX_LEN + 1], *two = rows[0], *one = rows[1], *now = rows[2];
	size_t na = strlen(a), nb = strlen(b);

	if (na > NAME_MAX_LEN || nb > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		one[j] = j;
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = smaller(one[j], now[j - 1]) + 1;
			now[j] = smaller(now[j], one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = smaller(now[j], two[j - 2] + 1);
		}
		size_t *oldest = two;
		two = one;
		one = now;
		now = oldest;
	}
	return one[nb];
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t d = distance(n->wrong, name);

	if (d >= n->distance || d > (strlen(n->wrong) + 2) / 3)
		return;
	n->distance = d;
	strbuf_clear(&n->name);
	strbuf_puts(&n->name, name);
}

void nearest_tell(struct nearest *n, const char *mark, struct strbuf *error)
{
	if (n->distance != NEAREST_NONE)
		strbuf_printf(error, "; did you mean '%s%s'?", mark, strbuf_str(&n->name));
	strbuf_free(&n->name);
}
