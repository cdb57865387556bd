/*
 * The line discipline: which text goes on which line when several processes
 * talk at once.
 *
 * A call is written in two halves, at its entry and at its return.  Any other
 * line that comes between suspends it (`<..>`); when it goes on, its entry
 * half is repeated from a record on a new line.  This is a state machine over
 * text and nothing else: it knows no process, no file and no clock.
 *
 * Bytes below a blank are marks (a change of colour): they take no room on a
 * line, and come in pairs around what they mark, which is never empty.
 *
 * A blank at the end of a text is soft: it is written only if more text
 * follows on that line, so that no line ends in one.
 */
#ifndef TRACE_LINE_H
#define TRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	LINE_RECORD = 254,	/* characters of an entry half that can be repeated */
	LINE_RECORD_BYTES = 3 * LINE_RECORD + 1,	/* with the marks, and a soft blank */
	LINE_STAMP = 32,	/* bytes that a time stamp may have */
};

/* Where the bytes go and where the time comes from.  Owned by the caller. */
struct line_out {
	void *ctx;
	void (*write)(void *ctx, const char *bytes, size_t n);
	/* The text a line begins with, its length returned; NULL: none. */
	size_t (*stamp)(void *ctx, char buf[LINE_STAMP]);
};

/* One traced thread, as far as lines go.  Zeroed but for pid at first; line_forget before it is freed. */
struct line_owner {
	pid_t pid;
	bool open;		/* the line of a call is not complete */
	unsigned short len;
	char record[LINE_RECORD_BYTES + 1];	/* the entry half, or its replacement */
};

enum line_kind {
	LINE_NONE,	/* at the start of a line */
	LINE_CALL,	/* an open call of `owner` */
	LINE_SIGNALS,	/* signals of `owner`, outside a call */
};

struct line {
	struct line_out out;
	size_t tracees;		/* how many there are; with more than one, lines carry the pid */
	bool prefix_next;	/* the next line carries the pid even so */
	bool blank;		/* a soft blank waits */
	char last;		/* character written last */
	enum line_kind kind;
	struct line_owner *owner;
};

void line_init(struct line *, const struct line_out *);

/* Tells how many processes and threads there are now. */
void line_tracees(struct line *, size_t n);

/* A call was entered: its entry half.  Ends in " = ", in ")" when no result will come, or else before a parameter. */
void line_call(struct line *, struct line_owner *, const char *entry);

/* More of the open call, on its line; resumes it if needed. */
void line_append(struct line *, struct line_owner *, const char *text);

/* The open call is complete; resumes it if needed, and ends the line. */
void line_finish(struct line *, struct line_owner *);

/* The open call will never be completed: its line ends in `<..>`.  Nothing when none is open. */
void line_cut(struct line *, struct line_owner *);

/* A signal arrived, within the open call or outside any. */
void line_signal(struct line *, struct line_owner *, const char *name);

/* A line of its own. */
void line_status(struct line *, struct line_owner *, const char *text);

/* A line for the information key. */
void line_info(struct line *, const char *text);

/* Ends a line that is under way, and cuts or suspends what was on it. */
void line_end(struct line *);

/* The owner goes away. */
void line_forget(struct line *, struct line_owner *);

#endif
