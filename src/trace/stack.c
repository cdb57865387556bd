#include "stack.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdw.h"
#include "util/strbuf.h"

enum { ROOM = 16 << 20 };	/* bytes: more than libdw takes for one stack trace, but for files that it maps */

/*
 * A frame as it was shown before.  The same few frames come again and again,
 * and libdw looks through all symbols of a module for each.
 */
struct known {
	Dwarf_Addr pc;
	bool activation;
	char text[103];	/* "": none; a longer one is looked for each time */
};

enum { KNOWN = 256 };

/* What libdw knows of one process: its modules, and their symbols once they were asked for. */
struct image {
	pid_t tgid;
	pid_t tid;	/* of which a trace is under way */
	Dwfl *dwfl;
	uint64_t maps;	/* hash of /proc/PID/maps when its modules were reported */
	struct known known[KNOWN];	/* by pc; valid as long as that is the same */
	struct image *next;
};

struct stack {
	struct image *images;
	unsigned limit;	/* frames shown; 0: all */
};

/* One trace under way. */
struct frames {
	struct image *image;
	struct strbuf *text;
	unsigned n, limit;
};

/* What is mapped at an address, as /proc/PID/maps has it. */
struct mapping {
	unsigned long start, end, inode;
};

static bool find_mapping(pid_t tid, Dwarf_Addr at, struct mapping *m)
{
	char path[64], *line = NULL;
	size_t size = 0;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getline(&line, &size, f) > 0)
		found = sscanf(line, "%lx-%lx %*s %*s %*s %lu", &m->start, &m->end, &m->inode) == 3 && m->start == at;
	free(line);
	fclose(f);
	return found;
}

/* Opens a regular file: other things may block.  inode 0: any.  -1: it is none, or another one. */
static int open_inode(const char *path, unsigned long inode)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (inode == 0 || st.st_ino == inode))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The file itself, whatever its name is, or was.  Needs CAP_CHECKPOINT_RESTORE. */
static int open_mapped(pid_t tid, const struct mapping *m)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)tid, m->start, m->end);
	return open_inode(path, 0);
}

/*
 * The path to a file by way of the root directory of the process.  A name in
 * its maps begins at our root; or, if that is not above, at that of its mount
 * namespace; and so does what /proc says of its root.  False: it is not below.
 */
static bool find_own(char own[PATH_MAX], pid_t tid, const char *name)
{
	char link[64], root[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/%d/root", (int)tid);
	ssize_t n = readlink(link, root, sizeof(root) - 1);
	if (n < 0)
		return false;
	root[n] = '\0';
	size_t above = strcmp(root, "/") == 0 ? 0 : (size_t)n;
	if (strncmp(name, root, above) != 0 || name[above] != '/')
		return false;
	return snprintf(own, PATH_MAX, "%s%s", link, name + above) < PATH_MAX;
}

/*
 * The file of that name here may be another: the process can have a root or a
 * mount namespace of its own.  Some file systems have other inodes in the
 * maps: then its name has to do.
 */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, char **file_name, Elf **elf)
{
	const struct image *i = *userdata;
	struct mapping m = {0};
	char own[PATH_MAX];

	if (!i || name[0] != '/' || !find_mapping(i->tid, base, &m))
		return libdw.dwfl_linux_proc_find_elf(module, userdata, name, base, file_name, elf);
	const char *const paths[] = {find_own(own, i->tid, name) ? own : name, name};
	const char *path = paths[0];
	int fd = open_mapped(i->tid, &m);
	for (int n = 0; n < 4 && fd < 0; n++) {
		path = paths[n % 2];
		fd = open_inode(path, n < 2 ? m.inode : 0);
	}
	if (fd < 0)	/* what has been deleted can be had from memory */
		return libdw.dwfl_linux_proc_find_elf(module, userdata, name, base, file_name, elf);
	*file_name = strdup(path);
	return fd;
}

static char *no_path;	/* separate debug files: where elfutils looks by itself */
static Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.debuginfo_path = &no_path,
};

static int adopt(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, void *image)
{
	(void)module;
	(void)name;
	(void)base;
	*userdata = image;
	return DWARF_CB_OK;
}

const char *stack_load(void)
{
	const char *why = libdw_load();

	callbacks.find_debuginfo = libdw.dwfl_standard_find_debuginfo;
	return why;
}

struct stack *stack_new(unsigned verbose)
{
	static const unsigned limits[] = {15, 31, 0};
	struct stack *s = calloc(1, sizeof(*s));

	if (s)
		s->limit = limits[verbose];
	return s;
}

static void forget_known(struct image *i)
{
	for (size_t n = 0; n < KNOWN; n++)
		i->known[n].text[0] = '\0';
}

static void image_free(struct image *i)
{
	libdw.dwfl_end(i->dwfl);
	free(i);
}

void stack_free(struct stack *s)
{
	while (s && s->images) {
		struct image *next = s->images->next;
		image_free(s->images);
		s->images = next;
	}
	free(s);
}

void stack_forget(struct stack *s, pid_t tgid)
{
	for (struct image **p = &s->images; *p; p = &(*p)->next) {
		if ((*p)->tgid == tgid) {
			struct image *gone = *p;
			*p = gone->next;
			image_free(gone);
			return;
		}
	}
}

static uint64_t hash_maps(pid_t tid)
{
	char path[64], buf[4096];
	uint64_t hash = 14695981039346656037u;	/* FNV-1a */
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ (unsigned char)buf[i]) * 1099511628211u;
	fclose(f);
	return hash;
}

/* Tells libdw what is mapped now.  Modules that it knew and that are still there keep their symbols. */
static bool report_modules(struct image *i, pid_t tid)
{
	uint64_t maps = hash_maps(tid);

	i->tid = tid;
	if (maps == i->maps)
		return true;
	forget_known(i);
	libdw.dwfl_report_begin(i->dwfl);
	if (libdw.dwfl_linux_proc_report(i->dwfl, tid) != 0 || libdw.dwfl_report_end(i->dwfl, NULL, NULL) != 0)
		return false;
	libdw.dwfl_getmodules(i->dwfl, adopt, i, 0);
	i->maps = maps;
	return true;
}

/* The image of a process; made when it is asked for first.  NULL when libdw cannot. */
static struct image *image_of(struct stack *s, pid_t tgid, pid_t tid)
{
	for (struct image *i = s->images; i; i = i->next)
		if (i->tgid == tgid)
			return report_modules(i, tid) ? i : NULL;

	struct image *i = calloc(1, sizeof(*i));
	if (!i)
		return NULL;
	i->tgid = tgid;
	i->dwfl = libdw.dwfl_begin(&callbacks);
	if (!i->dwfl || !report_modules(i, tid) || libdw.dwfl_linux_proc_attach(i->dwfl, tid, true) != 0) {
		image_free(i);
		return NULL;
	}
	i->next = s->images;
	s->images = i;
	return i;
}

static const char *module_name(Dwfl_Module *module)
{
	const char *name = libdw.dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	const char *slash = name ? strrchr(name, '/') : NULL;

	return slash ? slash + 1 : name ? name : "?";
}

/* A name from a file of the traced program's choice, made safe for a terminal. */
static void put_name(struct strbuf *text, const char *name)
{
	for (; *name; name++)
		strbuf_putc(text, *name > ' ' && *name < 0x7f ? *name : '?');
}

/* "  name+0xoff [module]" */
static void describe(struct strbuf *text, Dwfl *dwfl, Dwarf_Addr pc, bool activation)
{
	/* A return address may lie after the end of its function, when the call never returns. */
	Dwarf_Addr at = activation ? pc : pc - 1;
	Dwfl_Module *module = libdw.dwfl_addrmodule(dwfl, at);
	GElf_Off offset;
	GElf_Sym sym;
	const char *name = module ? libdw.dwfl_module_addrinfo(module, at, &offset, &sym, NULL, NULL, NULL) : NULL;

	strbuf_puts(text, "  ");
	if (name) {
		put_name(text, name);
		strbuf_printf(text, "+0x%llx", (unsigned long long)(offset + (pc - at)));
	} else {
		strbuf_printf(text, "0x%llx", (unsigned long long)pc);
	}
	if (module && module_name(module)) {
		strbuf_puts(text, " [");
		put_name(text, module_name(module));
		strbuf_puts(text, "]");
	}
}

static int put_frame(Dwfl_Frame *frame, void *arg)
{
	struct frames *f = arg;
	Dwarf_Addr pc;
	bool activation;

	if (f->limit != 0 && f->n == f->limit) {
		strbuf_puts(f->text, "  ..");
		return DWARF_CB_ABORT;
	}
	if (!libdw.dwfl_frame_pc(frame, &pc, &activation))
		return DWARF_CB_ABORT;
	f->n++;
	struct known *known = &f->image->known[pc % KNOWN];
	if (known->text[0] != '\0' && known->pc == pc && known->activation == activation) {
		strbuf_puts(f->text, known->text);
		return DWARF_CB_OK;
	}
	size_t begin = f->text->len;
	describe(f->text, f->image->dwfl, pc, activation);
	size_t size = f->text->len - begin + 1;
	if (size <= sizeof(known->text) && !f->text->lost) {
		known->pc = pc;
		known->activation = activation;
		memcpy(known->text, strbuf_str(f->text) + begin, size);
	}
	return DWARF_CB_OK;
}

/*
 * Is there still room for what libdw may ask for?  When it gets no memory it
 * may go on with arrays that it has freed: insert() in libdwfl/segment.c of
 * elfutils 0.188.
 */
static bool is_roomy(void)
{
	void *room = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return room != MAP_FAILED && munmap(room, ROOM) == 0;
}

int stack_trace(struct stack *s, pid_t tgid, pid_t tid, struct strbuf *text)
{
	struct frames f = {.text = text, .limit = s->limit};

	if (!is_roomy()) {
		text->lost = true;
		return 0;
	}
	struct image *i = f.image = image_of(s, tgid, tid);
	if (!i)
		return -1;
	libdw.dwfl_getthread_frames(i->dwfl, tid, put_frame, &f);	/* an error ends the trace where it stands */
	return f.n > 0 ? 0 : -1;
}
