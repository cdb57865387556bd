/* Calls that succeed, fail and are unknown. */
#include "rule.h"

int main(void)
{
	mark_begin();
	syscall(SYS_write, 1, "hello\n", 6);
	syscall(SYS_close, -1);
	syscall(SYS_getpid);
	syscall(999, 1, 2, 3, 4, 5, 6);
	leave(7);
}
