/* Is this one value of JSON (RFC 8259), in UTF-8, and nothing after it, every key of an object once? */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stdbool.h>
#include <stddef.h>

bool is_json(const char *text, size_t n);

#endif
