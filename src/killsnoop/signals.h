/* Signals as people write them. */
#ifndef KILLSNOOP_SIGNALS_H
#define KILLSNOOP_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

#define SIGNALS 65	/* 0, which only asks, to 64 */
#define SIGNAL_NAME_SIZE 24

/* Writes the name, as trace shows it: SIGTERM, SIGRTMIN+3; for a number that has none, the number. */
void signals_name(int sig, char name[SIGNAL_NAME_SIZE]);

/*
 * Sets the signals of a list such as `9,TERM,SIGINT,RTMIN+1,RTMAX-2`.
 * Returns NULL, or the item that is no signal, NUL-terminated in place.
 */
const char *signals_parse(char *list, bool set[SIGNALS]);

#endif
