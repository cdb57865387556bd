#include "match.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path of -P: as it was meant where trace was started, and with its links followed. */
struct wanted {
	char *absolute;
	char *real;	/* NULL: there is no such file yet */
};

struct match {
	struct sink sink;
	const struct filter *filter;
	struct wanted *wanted;	/* as many as the filter has paths */

	/* one call */
	pid_t tid;
	bool found;
	int base;		/* the descriptor that came last: where a relative path may begin; negative: none */
	bool in_path;
	size_t len;
	char path[PATH_MAX];	/* without its NUL */
};

enum { LINK_MAX_LEN = 64 };

/* Takes `//` and `/.` out of an absolute path.  Not `..`: where that leads, links decide. */
static void tidy(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t n = strcspn(from + 1, "/") + 1;
		if (n > 2 || (n == 2 && from[1] != '.')) {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* directory/name, or name alone when it is absolute; NULL: out of memory. */
static char *join(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s%s", *name == '/' ? "" : directory, *name == '/' ? "" : "/", name) < 0)
		return NULL;
	tidy(path);
	return path;
}

static bool prepare(struct wanted *w, const char *path)
{
	char *cwd = getcwd(NULL, 0);

	w->absolute = join(cwd ? cwd : "", path);
	w->real = realpath(path, NULL);
	free(cwd);
	return w->absolute != NULL;
}

static bool is_wanted(const struct match *m, const char *path)
{
	for (size_t i = 0; i < m->filter->npaths; i++) {
		const struct wanted *w = &m->wanted[i];
		if (strcmp(w->absolute, path) == 0 || (w->real && strcmp(w->real, path) == 0))
			return true;
	}
	return false;
}

/* Follows all links of a path but one at its end: what rename or unlink would take. */
static bool is_wanted_in_directory(const struct match *m, char *path)
{
	char *slash = strrchr(path, '/');
	bool found = false;

	*slash = '\0';
	char *directory = realpath(slash == path ? "/" : path, NULL);
	*slash = '/';
	char *whole = directory ? join(directory, slash + 1) : NULL;
	if (whole)
		found = is_wanted(m, whole);
	free(whole);
	free(directory);
	return found;
}

static bool read_link(const char *link, char target[PATH_MAX])
{
	ssize_t n = readlink(link, target, PATH_MAX - 1);

	if (n >= 0)
		target[n] = '\0';
	return n >= 0;
}

/* Where a relative path begins: a descriptor counts when it is a directory, otherwise no call would take it. */
static bool read_base(const struct match *m, char base[PATH_MAX])
{
	char link[LINK_MAX_LEN];
	struct stat st;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)m->tid, m->base);
	if (m->base >= 0 && stat(link, &st) == 0 && S_ISDIR(st.st_mode))
		return read_link(link, base);
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)m->tid);
	return read_link(link, base);
}

/* The root directory of the thread as we see it; of ours, nothing. */
static bool read_root(const struct match *m, char root[PATH_MAX])
{
	char link[LINK_MAX_LEN];

	snprintf(link, sizeof(link), "/proc/%d/root", (int)m->tid);
	if (!read_link(link, root))
		return false;
	if (strcmp(root, "/") == 0)
		root[0] = '\0';
	return true;
}

static bool path_matches(const struct match *m)
{
	char base[PATH_MAX] = "";
	bool absolute = m->path[0] == '/';

	if (m->len == 0 || !(absolute ? read_root(m, base) : read_base(m, base)))
		return false;
	char *path = join(base, m->path + strspn(m->path, "/"));
	if (!path)
		return false;
	bool found = is_wanted(m, path) || is_wanted_in_directory(m, path);
	if (!found) {
		char *real = realpath(path, NULL);
		found = real && is_wanted(m, real);
		free(real);
	}
	free(path);
	return found;
}

static bool fd_matches(const struct match *m, int fd)
{
	char link[LINK_MAX_LEN], target[PATH_MAX];

	for (size_t i = 0; i < m->filter->nfds; i++)
		if (m->filter->fds[i] == fd)
			return true;
	if (fd < 0 || m->filter->npaths == 0)
		return false;
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)m->tid, fd);
	return read_link(link, target) && is_wanted(m, target);
}

static struct match *match_of(struct sink *sink)
{
	return (struct match *)((char *)sink - offsetof(struct match, sink));
}

static void on_number(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width)
{
	struct match *m = match_of(sink);

	(void)name;
	(void)width;
	if (format != FORMAT_FD)
		return;
	m->base = (int)value;
	m->found = m->found || fd_matches(m, m->base);
}

/* AT_FDCWD */
static void on_constant(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
			const char *constant)
{
	(void)constant;
	on_number(sink, name, value, format, width);
}

static void on_string_open(struct sink *sink, const char *name, enum string_form form)
{
	struct match *m = match_of(sink);

	(void)name;
	m->in_path = form == STRING_PATH;
	m->len = 0;
}

static void on_string_bytes(struct sink *sink, const char *bytes, size_t n)
{
	struct match *m = match_of(sink);

	m->in_path = m->in_path && n < sizeof(m->path) - m->len;	/* longer than any path can be */
	if (!m->in_path)
		return;
	memcpy(m->path + m->len, bytes, n);
	m->len += n;
}

static void on_string_close(struct sink *sink, enum string_end end)
{
	struct match *m = match_of(sink);

	if (m->in_path && end == STRING_WHOLE) {
		m->path[m->len] = '\0';
		m->found = m->found || path_matches(m);
	}
	m->in_path = false;
}

/* The rest says nothing about descriptors and paths. */
static void on_call(struct sink *sink, const char *name)
{
	(void)sink;
	(void)name;
}

static void on_mark(struct sink *sink)
{
	(void)sink;
}

static void on_resume(struct sink *sink, enum resume resume)
{
	(void)sink;
	(void)resume;
}

static void on_error(struct sink *sink, int err, const char *name)
{
	(void)sink;
	(void)err;
	(void)name;
}

static void on_open(struct sink *sink, const char *name, enum shape shape, const char *label)
{
	(void)sink;
	(void)name;
	(void)shape;
	(void)label;
}

static void on_close(struct sink *sink, enum shape shape)
{
	(void)sink;
	(void)shape;
}

static void on_more(struct sink *sink, enum more more, uint64_t count)
{
	(void)sink;
	(void)more;
	(void)count;
}

static void on_flags(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
		     const char *const *names, size_t n, uint64_t rest)
{
	(void)sink;
	(void)name;
	(void)value;
	(void)format;
	(void)width;
	(void)names;
	(void)n;
	(void)rest;
}

static void on_address(struct sink *sink, const char *name, uint64_t addr)
{
	(void)sink;
	(void)name;
	(void)addr;
}

static void on_token(struct sink *sink, const char *name, const char *token, uint64_t value, enum format format,
		     unsigned width)
{
	(void)sink;
	(void)name;
	(void)token;
	(void)value;
	(void)format;
	(void)width;
}

static const struct sink_ops ops = {
	.call = on_call, .split = on_mark, .params_end = on_mark, .noresult = on_mark, .resume = on_resume,
	.error = on_error, .result_fault = on_mark, .open = on_open, .close = on_close, .more = on_more,
	.number = on_number, .constant = on_constant, .flags = on_flags, .string_open = on_string_open,
	.string_bytes = on_string_bytes, .string_close = on_string_close, .address = on_address, .fault = on_address,
	.token = on_token, .unknown = on_call,
};

struct match *match_new(const struct filter *f)
{
	struct match *m = calloc(1, sizeof(*m));
	bool good = m != NULL;

	if (!m)
		return NULL;
	m->sink.ops = &ops;
	m->filter = f;
	m->wanted = calloc(f->npaths + 1, sizeof(*m->wanted));
	good = m->wanted != NULL;
	for (size_t i = 0; good && i < f->npaths; i++)
		good = prepare(&m->wanted[i], f->paths[i]);
	if (good)
		return m;
	match_free(m);
	return NULL;
}

void match_free(struct match *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->wanted && i < m->filter->npaths; i++) {
		free(m->wanted[i].absolute);
		free(m->wanted[i].real);
	}
	free(m->wanted);
	free(m);
}

bool match_call(struct match *m, pid_t tid, const struct call_record *rec, const struct target *target)
{
	/* All elements of arrays, and nothing of strings but paths, which have a limit of their own. */
	const struct decode_options options = {.verbose = 2, .string_limit = 0};
	struct call_record unknown = *rec;

	m->tid = tid;
	m->found = false;
	m->base = -1;
	m->in_path = false;
	decode_entry(rec, target, &options, &m->sink);
	/* What follows the first parameter that the call only fills in. */
	unknown.ret_unknown = true;
	decode_exit(&unknown, target, &options, &m->sink);
	return m->found;
}
