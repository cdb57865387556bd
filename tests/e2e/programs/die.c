/* Ends from the signal in its argument, or exits with the number after it. */
#include <signal.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	if (argc > 2)
		leave(atoi(argv[2]));
	mark_begin();
	raise(atoi(argv[1]));
	leave(99);
}
