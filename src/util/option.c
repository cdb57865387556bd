#include "option.h"

#include <limits.h>

void option_letters(const struct option *o, char *letters)
{
	for (; o->name; o++) {
		if (o->val > CHAR_MAX)
			continue;
		*letters++ = (char)o->val;
		if (o->has_arg)
			*letters++ = ':';
	}
	*letters = '\0';
}
