/* What the command begins with: its user, its environment, its name. */
#ifndef TRACE_COMMAND_H
#define TRACE_COMMAND_H

#include <sys/types.h>

struct options;

/* -u, as the user database has it. */
struct command_user {
	char *name;	/* owned; NULL: whoever runs trace */
	uid_t uid;
	gid_t gid;
};

struct command_failure {
	enum {
		COMMAND_FILTER,	/* could not install the filter for its calls */
		COMMAND_USER,	/* could not become that user */
		COMMAND_EXEC,
		COMMAND_MEMORY,
	} step;
	int err;	/* errno */
};

/* By name or number.  Returns 0 or -errno; -ENOENT: there is no such user. */
int command_find_user(const char *text, struct command_user *);

/* Becomes the command; returns only when that fails. */
struct command_failure command_become(const struct options *);

#endif
