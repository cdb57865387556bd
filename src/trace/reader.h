/* A shell command that reads the trace: -o '|command'. */
#ifndef TRACE_READER_H
#define TRACE_READER_H

struct reader {
	int fd;		/* what is written here, it reads */
	int pidfd;
};

/*
 * Starts it, as no child of ours (away.h).  Ctrl-C and Ctrl-\ do not end it:
 * they are for trace, and it reads on to the end.  Returns 0 or -errno.
 */
int reader_start(struct reader *, const char *command);

/* Waits until it has ended, after its input was closed.  Calls serve(ctx) first, and when children of ours have news. */
void reader_wait(struct reader *, void (*serve)(void *ctx), void *ctx);

#endif
