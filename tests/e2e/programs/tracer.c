/* Traces the process in its argument, and waits. */
#include <stdio.h>
#include <sys/ptrace.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	(void)argc;
	if (ptrace(PTRACE_SEIZE, atoi(argv[1]), 0, 0) < 0)
		return 1;
	syscall(SYS_write, 1, "ready\n", 6);
	pause();
	return 0;
}
