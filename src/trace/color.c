#include "color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode/sink_text.h"

/* Select Graphic Rendition of ECMA-48: in colours that can be read on a dark and on a light ground. */
static const char *const sequences[TEXT_MARKS] = {
	[TEXT_MARK_END] = "\033[0m",
	[TEXT_MARK_NAME] = "\033[1m",
	[TEXT_MARK_CONSTANT] = "\033[36m",
	[TEXT_MARK_STRING] = "\033[32m",
	[TEXT_MARK_ERROR] = "\033[31m",
};

static bool says_no(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no_color && *no_color) || !term || strcmp(term, "dumb") == 0;
}

bool color_wanted(enum color when, int fd)
{
	if (when == COLOR_AUTO)
		return isatty(fd) && !says_no();
	return when == COLOR_ALWAYS;
}

void color_write(struct output *out, const char *text, size_t n)
{
	size_t begin = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == 0 || c >= TEXT_MARKS)
			continue;
		output_write(out, text + begin, i - begin);
		output_write(out, sequences[c], strlen(sequences[c]));
		begin = i + 1;
	}
	output_write(out, text + begin, n - begin);
}
