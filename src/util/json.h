/*
 * Writing JSON (RFC 8259), by the value rules that both tracers share.
 *
 * A value is appended with the comma that it needs, which the character
 * before it tells: at the very start, after an opening bracket, a colon, a
 * comma or a newline there is none.  So the parts of an object can be written
 * apart and joined, and nobody keeps track of who comes first.
 *
 * `name` is the key in an object; NULL for an element of an array.  What
 * comes from a traced program (comm, strings) never breaks the JSON and never
 * steers a terminal: control characters are escaped, those of the C1 set too.
 */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

enum json_end {
	JSON_WHOLE,
	JSON_CUT,	/* it goes on */
	JSON_FAULT,	/* the rest could not be read */
};

/* A number whose signedness is not known before it runs. */
struct json_number {
	bool is_signed;
	uint64_t value;	/* extended to 64 bits */
};

/* A comma if needed, and the key: the value follows. */
void json_key(struct strbuf *, const char *name);

/* bracket: '{' or '[', to be closed with '}' or ']'. */
void json_open(struct strbuf *, const char *name, char bracket);
void json_close(struct strbuf *, char bracket);

void json_null(struct strbuf *, const char *name);
void json_true(struct strbuf *, const char *name);
void json_int(struct strbuf *, const char *name, int64_t);
void json_uint(struct strbuf *, const char *name, uint64_t);
void json_number(struct strbuf *, const char *name, struct json_number);

/* Seconds with that many decimals (0 to 9); the rest is cut off. */
void json_seconds(struct strbuf *, const char *name, uint64_t nanoseconds, unsigned decimals);

/* "0x..", or null for 0. */
void json_address(struct strbuf *, const char *name, uint64_t);

/*
 * Bytes: a string when they are UTF-8, otherwise {"bytes":"<hex>"}.  Those
 * that are not whole: {"string":"..","truncated":true}, a character that was
 * cut in two left out, with "fault":true when the rest could not be read.
 */
void json_string(struct strbuf *, const char *name, const char *bytes, size_t n, enum json_end);

/* Bytes that are no text: always in hexadecimal. */
void json_bytes(struct strbuf *, const char *name, const char *bytes, size_t n, enum json_end);

/* A NUL-terminated string, by the same rules. */
void json_text(struct strbuf *, const char *name, const char *);

/* {"name":constant,"value":number}; the number alone when constant is NULL. */
void json_constant(struct strbuf *, const char *name, const char *constant, struct json_number);

#endif
