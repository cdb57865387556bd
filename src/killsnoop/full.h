/* A call in full, as `trace -V` prints it. */
#ifndef KILLSNOOP_FULL_H
#define KILLSNOOP_FULL_H

#include "calls.h"
#include "util/strbuf.h"

/*
 * Appends the call.  Only its registers were recorded: what they point to
 * shows as an address.  A signal that no call sent shows as `** SIGNAME **`
 * and the process it went to.
 */
void full_call(const struct row *, struct strbuf *);

/* Appends a call as further members of an open JSON object: name, args, result, errno. */
void full_call_json(const struct row *, struct strbuf *);

#endif
