/* Fails to exec, then becomes the program in its argument. */
#include "rule.h"

int main(int argc, char *argv[])
{
	char *none[] = {NULL};

	(void)argc;
	mark_begin();
	syscall(SYS_execve, "/nonexistent", none, none);
	syscall(SYS_execve, argv[1], argv + 1, none);
	leave(1);
}
