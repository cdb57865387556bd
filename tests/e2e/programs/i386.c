/* An i386 program, without headers and a C library as there may be none: makes a child, waits for it, and ends. */
enum { EXIT = 1, FORK = 2, WAITPID = 7 };

void _start(void);

static inline long call(long nr, long first)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(nr), "b"(first), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
	return ret;
}

void _start(void)
{
	long pid = call(FORK, 0);

	if (pid == 0)
		call(EXIT, 3);
	call(WAITPID, pid);
	for (;;)
		call(EXIT, 0);
}
