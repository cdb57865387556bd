/* Stack traces of stopped threads, through elfutils' libdw; a build without it has none. */
#ifndef TRACE_STACK_H
#define TRACE_STACK_H

#include <sys/types.h>

struct stack;
struct strbuf;

/* Loads libdw, before anything else is asked.  Returns NULL, or why there are no stack traces. */
const char *stack_load(void);

/* NULL without memory.  verbose: 0, 1, 2: how many frames are shown. */
struct stack *stack_new(unsigned verbose);

void stack_free(struct stack *);	/* NULL: nothing */

/*
 * Appends the frames of a stopped thread of process tgid, innermost first,
 * each as "  name+0xoff [module]".  Returns 0, or -1 when nothing is known.
 * Without enough memory the text is marked as lost.
 */
int stack_trace(struct stack *, pid_t tgid, pid_t tid, struct strbuf *);

/* The process has another image, or ended: drops what is known of it. */
void stack_forget(struct stack *, pid_t tgid);

#endif
