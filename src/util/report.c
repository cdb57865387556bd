#include "report.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE = 1000 };	/* ms */

static const char *program = "deftrace";

void report_program(const char *name)
{
	program = name;
}

void report_notice(const char *text)
{
	struct pollfd listener = {.fd = STDERR_FILENO, .events = POLLOUT};

	int r;

	do
		r = poll(&listener, 1, PATIENCE);
	while (r < 0 && errno == EINTR);
	if (r != 0)
		fputs(text, stderr);	/* unbuffered: one write for all of it */
}

static void vreport(const char *fmt, va_list ap)
{
	char line[1024];
	size_t room = sizeof(line) - 1;	/* and a newline */
	size_t n = (size_t)snprintf(line, room, "%s: ", program);
	int more = vsnprintf(line + n, room - n, fmt, ap);

	n += more < 0 ? 0 : (size_t)more < room - n ? (size_t)more : room - n - 1;
	line[n] = '\n';
	line[n + 1] = '\0';
	report_notice(line);
}

void report(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
}

void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
	exit(status);
}
