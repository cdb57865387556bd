/* Rows as JSON Lines: one object a row. */
#ifndef KILLSNOOP_JSON_H
#define KILLSNOOP_JSON_H

#include "calls.h"
#include "util/strbuf.h"

/* Appends a row and a newline. */
void json_row(const struct row *, struct strbuf *);

#endif
