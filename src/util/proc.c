#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

bool proc_is_foreign(void)
{
	char self[16], link[16] = "";
	struct statfs fs;

	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	snprintf(self, sizeof(self), "%d", (int)getpid());
	return readlink("/proc/self", link, sizeof(link) - 1) < 0 || strcmp(link, self) != 0;
}

/* Reads a small file of /proc whole.  Returns its length or -errno. */
static ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ssize_t n = read(fd, buf, size - 1);
	int err = errno;
	close(fd);
	if (n < 0)
		return -err;
	buf[n] = '\0';
	return n;
}

int proc_comm(pid_t pid, char comm[COMM_SIZE])
{
	char buf[64];	/* a kernel worker's comm may be longer than a task's */
	ssize_t n = read_proc(pid, "comm", buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	if (n > 0 && buf[n - 1] == '\n')	/* a comm may hold newlines of its own */
		buf[--n] = '\0';
	size_t len = (size_t)n < COMM_SIZE - 1 ? (size_t)n : COMM_SIZE - 1;
	memcpy(comm, buf, len);
	comm[len] = '\0';
	return 0;
}

enum { STATUS_SIZE = 16384 };	/* the list of groups is in the middle of it */

/*
 * What follows "FIELD:" on its line; NULL when there is no such line.  The
 * first line is "Name:\t" and the comm, its newlines escaped by the kernel:
 * no line can be faked.
 */
static const char *find_field(const char *status, const char *field)
{
	size_t len = strlen(field);

	for (const char *line = status; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, field, len) == 0 && line[len] == ':')
			return line + len + 1;
	return NULL;
}

/* Takes up to `max` numbers of a line, and returns how many there are. */
static unsigned parse_numbers(const char *p, long *values, unsigned max)
{
	char *end;

	for (unsigned n = 0; n < max; n++, p = end) {
		values[n] = strtol(p, &end, 10);	/* the next line begins with a letter */
		if (end == p)
			return n;
	}
	return max;
}

/* The first n columns of a numeric field of /proc/PID/status. */
static int read_numbers(pid_t pid, const char *field, long *values, unsigned n)
{
	char buf[STATUS_SIZE];
	ssize_t len = read_proc(pid, "status", buf, sizeof(buf));
	const char *line = len < 0 ? NULL : find_field(buf, field);

	if (len < 0)
		return (int)len;
	return line && parse_numbers(line, values, n) == n ? 0 : -ENODATA;
}

int proc_status(pid_t pid, const char *field, long *value)
{
	return read_numbers(pid, field, value, 1);
}

/* The first thread of a process has its id, which no other one has.  A signal that is none reaches nobody. */
int proc_process(pid_t tid, pid_t *pid)
{
	long tgid = tid;
	int r = 0;

	if (tgkill(tid, tid, 0) < 0 && errno != EPERM)
		r = proc_status(tid, "Tgid", &tgid);
	*pid = (pid_t)tgid;
	return r;
}

enum { MAX_NESTED = 33 };	/* pid namespaces: MAX_PID_NS_LEVEL and the first */

int proc_parent(pid_t pid, long *parent)
{
	char buf[STATUS_SIZE];
	long ids[MAX_NESTED], parents[MAX_NESTED];
	ssize_t n = read_proc(pid, "status", buf, sizeof(buf));
	const char *ppid = n < 0 ? NULL : find_field(buf, "PPid");
	const char *nested = n < 0 ? NULL : find_field(buf, "NSpid");

	if (n < 0)
		return (int)n;
	if (!ppid || parse_numbers(ppid, parent, 1) != 1)
		return -ENODATA;
	unsigned depth = nested ? parse_numbers(nested, ids, MAX_NESTED) : 1;	/* without: no namespaces */
	if (depth <= 1 || *parent == 0)
		return 0;
	/* A parent is in the same namespace or in one around that. */
	n = read_proc((pid_t)*parent, "status", buf, sizeof(buf));
	if (n < 0 || !(nested = find_field(buf, "NSpid")))
		return n < 0 ? (int)n : -ENODATA;
	*parent = parse_numbers(nested, parents, MAX_NESTED) == depth ? parents[depth - 1] : 0;
	return 0;
}

/* Is its user namespace another than ours?  Unsure: no. */
static bool in_other_users(pid_t pid)
{
	char path[64];
	struct stat own, its;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return stat("/proc/self/ns/user", &own) == 0 && stat(path, &its) == 0 && own.st_ino != its.st_ino;
}

/* What an id of ours is to the process. */
static int map_id(pid_t pid, const char *map, long ours, long *its)
{
	char buf[STATUS_SIZE];
	ssize_t n = read_proc(pid, map, buf, sizeof(buf));
	long v[3];

	if (n < 0)
		return (int)n;
	for (const char *line = buf; line && parse_numbers(line, v, 3) == 3;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (ours >= v[1] && ours - v[1] < v[2]) {
			*its = v[0] + (ours - v[1]);
			return 0;
		}
	}
	return -ENODATA;
}

int proc_effective_id(pid_t pid, enum proc_id which, long real, long *effective)
{
	static const char *const fields[] = {"Uid", "Gid"}, *const maps[] = {"uid_map", "gid_map"};
	long ids[2];	/* real, effective; as we see them */
	int r = read_numbers(pid, fields[which], ids, 2);

	if (r < 0)
		return r;
	if (ids[0] == ids[1])
		*effective = real;
	else if (in_other_users(pid))
		return map_id(pid, maps[which], ids[1], effective);
	else
		*effective = ids[1];
	return 0;
}

int proc_signals(pid_t pid, const char *field, uint64_t *set)
{
	char path[64], *line = NULL;
	size_t size = 0, len = strlen(field);
	int r = -ENODATA;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r < 0 && getline(&line, &size, f) > 0) {	/* not read whole: the list of groups may be long */
		if (strncmp(line, field, len) != 0 || line[len] != ':')
			continue;
		*set = strtoull(line + len + 1, NULL, 16);
		r = 0;
	}
	free(line);
	fclose(f);
	return r;
}

/* What follows the name in /proc/PID/stat; NULL and *err otherwise. */
static const char *read_stat(pid_t pid, char *buf, size_t size, int *err)
{
	ssize_t n = read_proc(pid, "stat", buf, size);
	const char *p = n < 0 ? NULL : strrchr(buf, ')');	/* ends the name, which may hold anything */

	*err = n < 0 ? (int)n : -ENODATA;
	return p ? p + 1 : NULL;
}

int proc_state(pid_t pid, char *state, unsigned *flags)
{
	char buf[512];
	int err;
	const char *p = read_stat(pid, buf, sizeof(buf), &err);

	return p && sscanf(p, " %c %*d %*d %*d %*d %*d %u", state, flags) == 2 ? 0 : err;
}

enum { STARTTIME = 22 - 3 };	/* fields behind the state: proc(5) */

int proc_start(pid_t tid, uint64_t *ticks)
{
	char buf[512];
	int err;
	const char *p = read_stat(tid, buf, sizeof(buf), &err);

	for (int i = 0; p && i < STARTTIME; i++)
		p = strchr(p + 1, ' ');
	return p && sscanf(p, "%" SCNu64, ticks) == 1 ? 0 : err;
}

int proc_netlink(pid_t pid, int fd, unsigned *protocol)
{
	static const char netlink[] = "NETLINK";
	char path[64], line[256], name[32];
	unsigned long inode;
	struct stat st;
	int r = -ENOTSOCK;

	/* Name of its family, for sockets only; net/socket.c.  One call, for the many that are no netlink sockets. */
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t n = getxattr(path, "system.sockprotoname", name, sizeof(name));
	if (n != sizeof(netlink) || memcmp(name, netlink, sizeof(netlink)) != 0 || stat(path, &st) < 0)
		return -ENOTSOCK;
	r = -ENOENT;
	snprintf(path, sizeof(path), "/proc/%d/net/netlink", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode: net/netlink/af_netlink.c */
	while (r < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %u %*s %*s %*s %*s %*s %*s %*s %lu", protocol, &inode) == 2 && inode == st.st_ino)
			r = 0;
	fclose(f);
	return r;
}

int proc_threads(pid_t pid, int (*fn)(void *, pid_t), void *arg)
{
	char path[64];
	struct dirent *e;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r == 0 && (e = readdir(d)))
		if (e->d_name[0] != '.')
			r = fn(arg, (pid_t)atol(e->d_name));
	closedir(d);
	return r;
}
