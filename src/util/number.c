#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	if (!isdigit((unsigned char)text[text[0] == '-']))	/* strtol would skip blanks */
		return false;
	errno = 0;
	long v = strtol(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*value = v;
	return true;
}
