#include "command.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "util/number.h"

int command_find_user(const char *text, struct command_user *user)
{
	const struct passwd *pw;
	long uid;

	errno = 0;
	pw = getpwnam(text);
	if (!pw && parse_number(text, 0, UINT_MAX, &uid))
		pw = getpwuid((uid_t)uid);
	if (!pw)
		return errno == 0 || errno == ESRCH ? -ENOENT : -errno;
	char *name = strdup(pw->pw_name);
	if (!name)
		return -ENOMEM;
	*user = (struct command_user){name, pw->pw_uid, pw->pw_gid};
	return 0;
}

/* Groups first: the user may not be allowed to. */
static int become_user(const struct command_user *user)
{
	if (!user->name)
		return 0;
	if (initgroups(user->name, user->gid) < 0 || setgid(user->gid) < 0 || setuid(user->uid) < 0)
		return errno;
	return 0;
}

/* -E: each sets a variable, or takes it out. */
static int change_environment(char *const *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((strchr(changes[i], '=') ? putenv(changes[i]) : unsetenv(changes[i])) != 0)
			return errno;
	return 0;
}

struct command_failure command_become(const struct options *opt)
{
	const char *file = opt->command[0];
	int err = change_environment(opt->environment, opt->nenvironment);

	if (err != 0)
		return (struct command_failure){COMMAND_MEMORY, err};
	if ((err = become_user(&opt->user)) != 0)
		return (struct command_failure){COMMAND_USER, err};
	if (opt->argv0)
		opt->command[0] = opt->argv0;
	execvp(file, opt->command);
	return (struct command_failure){COMMAND_EXEC, errno};
}
