/*
 * Makes a call through the i386 interface of an x86_64 kernel: number 20,
 * getpid there and writev here.
 *	foreign
 *	foreign CALL: makes a child with the i386 call of that number, and waits for it
 * 77: this kernel has no such interface.
 */
#include <signal.h>

#include "rule.h"

static inline long foreign(long nr, long first, long second)
{
	long ret = -1;

#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(nr), "b"(first), "c"(second), "d"(3), "S"(4), "D"(5) : "memory");
#else
	(void)nr;
	(void)first;
	(void)second;
#endif
	return ret;
}

static void make_child(long nr)
{
	long pid = foreign(nr, SIGCHLD, 0);

	if (pid == 0) {
		syscall(SYS_write, -1, "child", 5);
		leave(3);
	}
	if (pid < 0)
		leave(77);
	syscall(SYS_wait4, pid, NULL, 0, NULL);
}

int main(int argc, char *argv[])
{
	long ret = 0;

	mark_begin();
	if (argc > 1)
		make_child(atol(argv[1]));
	else
		ret = foreign(20, 1, 2);
	mark_end();
	leave(argc > 1 || ret == getpid() ? 0 : ret < 0 ? 77 : 1);
}
