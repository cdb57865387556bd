/* Makes a call through the i386 interface of an x86_64 kernel: number 20, getpid there and writev here. */
#include "rule.h"

int main(void)
{
	long ret = -1;

	mark_begin();
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(20), "b"(1), "c"(2), "d"(3), "S"(4), "D"(5) : "memory");
#endif
	mark_end();
	leave(ret == getpid() ? 0 : ret < 0 ? 77 : 1);
}
