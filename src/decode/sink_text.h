/*
 * The sink that writes calls as trace(1) shows them.
 *
 * The entry half of a call ends with a separator, `read(3, ` or `close(3) = `,
 * and the exit half goes on after it.  A blank at the very end is soft: the
 * owner of the line drops it when nothing follows.
 */
#ifndef DECODE_SINK_TEXT_H
#define DECODE_SINK_TEXT_H

#include "../util/strbuf.h"
#include "sink.h"

/*
 * Bytes that say what the text between them is, for whoever wants to colour
 * it.  All else that the sink writes is printable: what comes from a traced
 * program is escaped, so marks can be told from it.
 */
enum text_mark {
	TEXT_MARK_END = 1,	/* of what the mark before began; they do not nest */
	TEXT_MARK_NAME,		/* of the call */
	TEXT_MARK_CONSTANT,
	TEXT_MARK_STRING,
	TEXT_MARK_ERROR,
	TEXT_MARKS,
};

struct text_options {
	bool names;	/* -V: all names, of parameters and of fields that usually hide them */
	bool numeric;	/* -n: numbers instead of names of constants */
	/*
	 * Appends what is behind a descriptor of the traced program: printable text without `>`, or
	 * nothing when that is not known.  NULL: descriptors are shown as numbers alone.
	 */
	void (*descriptor)(void *ctx, int fd, struct strbuf *);
	bool marks;	/* enum text_mark around names, constants, strings and errors */
};

#define TEXT_DEPTH 32	/* of open shapes; the walker's own limit is lower */

struct text_sink {
	struct sink sink;	/* what the decoder is given */
	struct strbuf text;	/* the text so far; the owner takes it and clears it at will */
	struct text_options opt;
	void *ctx;	/* for opt.descriptor */
	/* private */
	enum text_place {
		TEXT_BARE,	/* outside of a call: a value alone */
		TEXT_PARAMS,
		TEXT_RESULT,
	} place;
	bool first;	/* nothing was written yet at this place */
	unsigned depth;
	struct text_level {
		uint8_t shape;
		bool first;
	} level[TEXT_DEPTH];
	enum string_form form;
	bool nul;	/* a NUL byte waits for its successor, which decides how it is escaped */
};

void text_sink_init(struct text_sink *, const struct text_options *);
void text_sink_free(struct text_sink *);

#endif
