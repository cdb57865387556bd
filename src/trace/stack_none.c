/* In place of stack.c where libdw is missing. */
#include "stack.h"

#include <stddef.h>

const char *stack_load(void)
{
	return "this trace was built without libdw";
}

struct stack *stack_new(unsigned verbose)
{
	(void)verbose;
	return NULL;
}

void stack_free(struct stack *s)
{
	(void)s;
}

int stack_trace(struct stack *s, pid_t tgid, pid_t tid, struct strbuf *text)
{
	(void)s, (void)tgid, (void)tid, (void)text;
	return -1;
}

void stack_forget(struct stack *s, pid_t tgid)
{
	(void)s, (void)tgid;
}
