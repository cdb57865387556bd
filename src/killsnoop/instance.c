#include "instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PREFIX "killsnoop."
#define ATTEMPTS 16	/* at a name, while others make and remove theirs */

struct instance {
	char path[PATH_MAX];
	int dir;	/* the directory, locked */
	int guard;	/* free_buffer, or -1 */
	unsigned cpus;
	int *cpu_fd;
	unsigned *cpu_nr;
};

static bool is_tracefs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == TRACEFS_MAGIC;
}

int instance_root(char *path, size_t size)
{
	/* usual first; the second is mounted on demand where debugfs is */
	static const char *const usual[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char found[PATH_MAX] = "", line[PATH_MAX];
	struct mntent m;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]) && !found[0]; i++)
		if (is_tracefs(usual[i]))
			snprintf(found, sizeof(found), "%s", usual[i]);
	FILE *mounts = found[0] ? NULL : setmntent("/proc/self/mounts", "re");
	while (mounts && !found[0] && getmntent_r(mounts, &m, line, sizeof(line)))
		if (strcmp(m.mnt_type, "tracefs") == 0)
			snprintf(found, sizeof(found), "%s", m.mnt_dir);
	if (mounts)
		endmntent(mounts);
	if (!found[0])
		return -ENOENT;
	return (size_t)snprintf(path, size, "%s", found) < size ? 0 : -ENAMETOOLONG;
}

/* Opens a directory and takes its lock.  Returns the descriptor, or -errno; -EWOULDBLOCK: it has an owner. */
static int open_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int err = errno;
	close(fd);
	return -err;
}

int instance_reap(const char *root)
{
	char path[PATH_MAX];
	struct dirent *e;
	int n = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/instances", root) >= sizeof(path))
		return -ENAMETOOLONG;
	DIR *d = opendir(path);
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    (size_t)snprintf(path, sizeof(path), "%s/instances/%s", root, e->d_name) >= sizeof(path))
			continue;
		int fd = open_locked(path);
		if (fd < 0)
			continue;
		n += rmdir(path) == 0;	/* EBUSY: somebody looks into it */
		close(fd);
	}
	closedir(d);
	return n;
}

/* Makes the directory and locks it, before and in spite of those who take it for an abandoned one. */
static int make_locked(const char *path)
{
	struct stat held, there;

	if (mkdir(path, 0700) != 0)
		return -errno;
	int fd = open_locked(path);
	if (fd < 0)
		return fd == -ENOENT || fd == -EWOULDBLOCK ? -EAGAIN : fd;
	if (fstat(fd, &held) != 0 || stat(path, &there) != 0 || held.st_ino != there.st_ino) {
		close(fd);
		return -EAGAIN;
	}
	return fd;
}

int instance_create(const char *root, struct instance **out)
{
	struct instance *inst = calloc(1, sizeof(*inst));
	int fd = -EEXIST;

	if (!inst)
		return -ENOMEM;
	inst->guard = -1;
	/* another PID namespace may have a killsnoop of our number */
	for (int i = 0; i < ATTEMPTS && (fd == -EEXIST || fd == -EAGAIN); i++) {
		int n = snprintf(inst->path, sizeof(inst->path), i ? "%s/instances/" PREFIX "%d.%d"
			: "%s/instances/" PREFIX "%d", root, (int)getpid(), i);
		fd = (size_t)n < sizeof(inst->path) - 64 ? make_locked(inst->path) : -ENAMETOOLONG;
	}
	if (fd < 0) {
		free(inst);
		return fd;
	}
	inst->dir = fd;
	fchmod(fd, 0700);	/* tracefs gives a new directory the mode of its parent */
	*out = inst;
	return 0;
}

int instance_destroy(struct instance *inst)
{
	int r = 0;

	if (!inst)
		return 0;
	instance_write(inst, "tracing_on", "0");
	for (unsigned i = 0; i < inst->cpus; i++)
		close(inst->cpu_fd[i]);
	if (inst->guard >= 0)
		close(inst->guard);
	/* removing it disables its events; EBUSY while any of its files is open */
	if (rmdir(inst->path) != 0)
		r = -errno;
	close(inst->dir);
	free(inst->cpu_fd);
	free(inst->cpu_nr);
	free(inst);
	return r;
}

const char *instance_path(const struct instance *inst)
{
	return inst->path;
}

static int write_file(struct instance *inst, const char *file, int flags, const char *text)
{
	size_t len = strlen(text);
	int r = 0;
	int fd = openat(inst->dir, file, O_WRONLY | O_CLOEXEC | flags);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, len);
	if (n < 0)
		r = -errno;
	else if ((size_t)n != len)
		r = -EIO;
	close(fd);
	return r;
}

int instance_write(struct instance *inst, const char *file, const char *text)
{
	return write_file(inst, file, O_TRUNC, text);
}

int instance_append(struct instance *inst, const char *file, const char *text)
{
	return write_file(inst, file, O_APPEND, text);
}

int instance_read(const struct instance *inst, const char *file, struct strbuf *out)
{
	char buf[4096];
	ssize_t n;
	int fd = openat(inst->dir, file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		strbuf_add(out, buf, (size_t)n);
	int r = n < 0 ? -errno : out->lost ? -ENOMEM : 0;
	close(fd);
	return r;
}

int instance_guard(struct instance *inst)
{
	int r = instance_write(inst, "options/disable_on_free", "1");

	if (r < 0)
		return r;
	inst->guard = openat(inst->dir, "free_buffer", O_WRONLY | O_CLOEXEC);
	return inst->guard < 0 ? -errno : 0;
}

static int open_cpu(struct instance *inst, unsigned nr)
{
	char file[64];
	int *fds = realloc(inst->cpu_fd, (inst->cpus + 1) * sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	inst->cpu_fd = fds;
	unsigned *nrs = realloc(inst->cpu_nr, (inst->cpus + 1) * sizeof(*nrs));
	if (!nrs)
		return -ENOMEM;
	inst->cpu_nr = nrs;
	snprintf(file, sizeof(file), "per_cpu/cpu%u/trace_pipe_raw", nr);
	int fd = openat(inst->dir, file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	inst->cpu_fd[inst->cpus] = fd;
	inst->cpu_nr[inst->cpus++] = nr;
	return 0;
}

int instance_open_cpus(struct instance *inst)
{
	char path[PATH_MAX];
	struct dirent *e;
	unsigned nr;
	int r = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/per_cpu", inst->path) >= sizeof(path))
		return -ENAMETOOLONG;
	DIR *d = opendir(path);
	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d)))
		if (sscanf(e->d_name, "cpu%u", &nr) == 1)
			r = open_cpu(inst, nr);
	closedir(d);
	return r == 0 && inst->cpus == 0 ? -ENODEV : r;
}

unsigned instance_cpus(const struct instance *inst)
{
	return inst->cpus;
}

int instance_cpu_fd(const struct instance *inst, unsigned cpu)
{
	return inst->cpu_fd[cpu];
}

size_t instance_page_size(const struct instance *inst)
{
	struct strbuf text = { 0 };
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	/* since Linux 6.8 a part of the buffer may be larger than a page */
	if (instance_read(inst, "buffer_subbuf_size_kb", &text) == 0 && (size_t)atol(text.s) * 1024 > size)
		size = (size_t)atol(text.s) * 1024;
	strbuf_free(&text);
	return size;
}

/* The number after a name in a `stats` file, 0 when it is not there. */
static uint64_t stat_value(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, 10) : 0;
}

int instance_lost(const struct instance *inst, unsigned cpu, struct losses *losses)
{
	struct strbuf text = { 0 };
	char file[64];

	snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", inst->cpu_nr[cpu]);
	int r = instance_read(inst, file, &text);
	*losses = (struct losses){
		.overwritten = stat_value(strbuf_str(&text), "\noverrun: ") +
			       stat_value(strbuf_str(&text), "\ncommit overrun: "),
		.dropped = stat_value(strbuf_str(&text), "\ndropped events: "),
	};
	strbuf_free(&text);
	return r;
}
