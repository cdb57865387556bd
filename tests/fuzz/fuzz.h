/*
 * What the fuzz targets share: they eat the input from its front, and are
 * run by libFuzzer, or by driver.c over a corpus.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what is wrong and where, and stops: a sanitizer would do the same. */
#define ensure(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

struct input {
	const uint8_t *at;
	size_t left;
};

/* The next n bytes (1 to 8) as a little-endian number; those that are missing are 0. */
static inline uint64_t eat(struct input *in, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n && in->left > 0; i++, in->left--)
		value |= (uint64_t)*in->at++ << (8 * i);
	return value;
}

#endif
