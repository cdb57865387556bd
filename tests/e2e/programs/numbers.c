/* The numbers that this machine has for the calls in which tests wait for programs: one name and number a line. */
#include <stdio.h>

#include "rule.h"

#define PUT(name) printf(#name " %d\n", SYS_ ## name)

int main(void)
{
	PUT(clock_nanosleep);
	PUT(epoll_pwait);
	PUT(nanosleep);
	PUT(pause);
	PUT(read);
	PUT(restart_syscall);
#ifdef SYS_vfork
	PUT(vfork);
#else
	printf("vfork %d\n", SYS_clone);
#endif
	PUT(wait4);
	PUT(write);
	return 0;
}
