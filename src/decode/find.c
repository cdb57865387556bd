#include <string.h>

#include "decode.h"

const struct call *decode_find(uint64_t nr)
{
	if (nr >= table_nrs || table_call_of[nr] == 0)
		return NULL;
	return &table_calls[table_call_of[nr] - 1];
}

const struct call *decode_find_name(const char *name)
{
	for (uint32_t i = 0; i < table_ncalls; i++) {
		if (strcmp(table_name(table_calls[i].name), name) == 0)
			return &table_calls[i];
	}
	return NULL;
}

const char *decode_constant(unsigned type, uint64_t value)
{
	const struct type *t = &table_types[type];
	uint64_t storage = t->width && t->width < 8 ? (UINT64_C(1) << t->width * 8) - 1 : UINT64_MAX;

	for (unsigned i = 0; i < t->count; i++) {
		const struct xlat *x = &table_xlats[t->first + i];

		if ((value & x->mask & storage) == (x->value & storage))
			return table_name(x->name);
	}
	return NULL;
}
