#include "signals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "decode/decode.h"
#include "util/number.h"

void signals_name(int sig, char name[SIGNAL_NAME_SIZE])
{
	char buf[16];
	const char *known = decode_signal((uint64_t)sig, buf);

	if (known)
		snprintf(name, SIGNAL_NAME_SIZE, "SIG%s", known);
	else
		snprintf(name, SIGNAL_NAME_SIZE, "%d", sig);
}

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n; -1 for anything else. */
static int real_time(const char *name)
{
	int base = strncmp(name, "RTMIN", 5) == 0 ? SIGRTMIN : strncmp(name, "RTMAX", 5) == 0 ? SIGRTMAX : -1;
	long n;

	if (base < 0)
		return -1;
	name += 5;
	if (*name == '\0')
		return base;
	if (*name != (base == SIGRTMIN ? '+' : '-') || !parse_number(name + 1, 0, SIGRTMAX - SIGRTMIN, &n))
		return -1;
	return base == SIGRTMIN ? base + (int)n : base - (int)n;
}

static int parse_one(const char *text)
{
	char buf[16];
	long n;

	if (parse_number(text, 0, SIGNALS - 1, &n))
		return (int)n;
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	n = real_time(text);
	if (n >= 0)
		return (int)n;
	for (int sig = 1; sig < SIGNALS; sig++)
		if (strcmp(decode_signal((uint64_t)sig, buf), text) == 0)
			return sig;
	return -1;
}

const char *signals_parse(char *list, bool set[SIGNALS])
{
	for (char *item = list, *next; item; item = next) {
		next = strchr(item, ',');
		if (next)
			*next++ = '\0';
		int sig = parse_one(item);
		if (sig < 0)
			return item;
		set[sig] = true;
	}
	return NULL;
}
