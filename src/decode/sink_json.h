/*
 * The sink that writes calls as members of a JSON object, for trace --json:
 *
 *	"name":"read","args":{"fd":3,"buf":"abc","count":4096},"result":3
 *
 * The entry half ends within args, which stays open: the exit half is written
 * to the same text, or to one that begins with the entry half, and closes it.
 * When there will be no exit half, the owner closes it with a '}'.
 *
 * How values look is told in trace(1), under JSON.
 */
#ifndef DECODE_SINK_JSON_H
#define DECODE_SINK_JSON_H

#include "../util/strbuf.h"
#include "sink.h"

struct json_sink {
	struct sink sink;	/* what the decoder is given */
	struct strbuf text;	/* the text so far; the owner may put text before, and clears it */
	/* Appends what is behind a descriptor of the traced program, nothing when that is not known.  May be NULL. */
	void (*descriptor)(void *ctx, int fd, struct strbuf *);
	void *ctx;		/* for it */
	/* private */
	enum json_place {
		JSON_BARE,	/* outside of a call: a value alone */
		JSON_ARGS,
		JSON_RESULT,	/* the result is still to come */
		JSON_BESIDE,	/* what comes after the result */
	} place;
	bool exit_half;
	bool out_open;		/* the object `out` is open */
	unsigned unnamed;	/* members that had no name */
	unsigned depth;		/* of open shapes */
	uint64_t objects;	/* bit n: the shape at depth n + 1 is an object, its members have names */
	enum string_form form;
	struct strbuf bytes;	/* of an open string: only its end tells how it is written; what is behind a descriptor */
};

void json_sink_init(struct json_sink *);
void json_sink_free(struct json_sink *);

/* After the exit half: closes what is open. */
void json_sink_end(struct json_sink *);

#endif
