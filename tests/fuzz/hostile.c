/*
 * Makes every system call, by number, with arguments that mean harm, and
 * prints what each gave.  The output is the same each time, so that a traced
 * run can be compared with an untraced one.
 *
 * The calls are made by children without any privilege, in namespaces and
 * with limits of their own.  The parent, process 1 of the namespace, keeps
 * what they found, and goes on behind a call that killed its child or blocks.
 *
 * Needs root, to give it up.  Exit status 77: it cannot run here.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LAST = 500,		/* call number */
	SETS = 16,		/* of arguments for each call */
	NOBODY = 54321,		/* a user that has no other process */
	POLLS = 5,		/* a child that is asleep as often in a row is blocked */
	POLL_MS = 10,
	PAGE = 4096,
};

/* Numbers that are none, and one of another ABI (x32). */
static const long strange[] = {-1, INT_MIN, INT_MAX, 1000, 0x40000000};

static const struct {
	long nr;
	const char *why;
} skipped[] = {
	{SYS_reboot, "if giving up root had not worked, this would be the end of the machine"},
	{SYS_kexec_load, "the same"},
	{SYS_kexec_file_load, "the same"},
	{SYS_sync, "makes the whole machine wait for its disks"},
	{SYS_fork, "two processes would go on from here"},
	{SYS_vfork, "the same, on one stack"},
	{SYS_clone, "the same, on no stack"},
	{SYS_clone3, "the same"},
	{SYS_ptrace, "must give something else when the program is traced"},
	{SYS_rt_sigreturn, "takes its registers from the stack, which is somewhere else each time"},
	{SYS_pause, "only blocks"},
	{SYS_alarm, "returns the time that is left, and what is set may come before the next call"},
};

/* What one call gave. */
struct outcome {
	enum { NOT_YET, RETURNED, KILLED, EXITED, BLOCKED } how;
	long value;
	int err;
};

static struct shared {
	volatile int at;	/* the set of arguments that the child is at */
	struct outcome outcome[SETS];
} *shared;

static uintptr_t words[24];
static unsigned nwords;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void needs(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(77);
}

/* A page at a fixed address, followed by one that cannot be touched, filled with a byte. */
static char *page(uintptr_t at, int byte, int protection)
{
	char *p = mmap((void *)at, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	must(p == (char *)at, "mmap");
	memset(p, byte, PAGE);
	mprotect(p, PAGE, protection);
	return p;
}

static void add(uintptr_t word)
{
	words[nwords++] = word;
}

static void prepare_words(void)
{
	static const uintptr_t numbers[] = {
		0, 1, 2, 8, PAGE, (uintptr_t)-1, (uintptr_t)-PAGE, INT_MAX, (uintptr_t)INT_MIN, LONG_MAX,
		(uintptr_t)LONG_MIN, UINT32_MAX, 0xffff800000000000, 0xdead, 0x8000000000001,
	};
	uintptr_t base = 0x10000000;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		add(numbers[i]);
	add((uintptr_t)page(base, 0, PROT_READ | PROT_WRITE));
	add((uintptr_t)page(base + 2 * PAGE, 0xff, PROT_READ | PROT_WRITE));
	add(base + 3 * PAGE - 5);	/* five bytes, and no more */
	add((uintptr_t)page(base + 4 * PAGE, 1, PROT_READ));
	add((uintptr_t)page(base + 6 * PAGE, 0, PROT_NONE));
	char *text = page(base + 8 * PAGE, 0, PROT_READ | PROT_WRITE);
	strcpy(text, "/\x1b[31m\r\"\\\x7f\xff");
	add((uintptr_t)text);
}

static uint32_t chance(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void limit(int what, rlim_t value)
{
	const struct rlimit both = {value, value};

	must(setrlimit(what, &both) == 0, "setrlimit");
}

static void give_up_everything(void)
{
	must(setpgid(0, 0) == 0, "setpgid");
	must(dup2(open("/dev/null", O_RDWR), 0) == 0 && dup2(0, 1) == 1 && dup2(0, 2) == 2, "dup2");
	must(syscall(SYS_close_range, 3, ~0u, 0) == 0, "close_range");
	must(chdir("/proc/sys") == 0, "chdir");
	limit(RLIMIT_AS, 512 << 20);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, 10);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_MEMLOCK, 65536);
	limit(RLIMIT_NOFILE, 32);
	must(setgroups(0, NULL) == 0, "setgroups");
	must(setresgid(NOBODY, NOBODY, NOBODY) == 0, "setresgid");
	must(setresuid(NOBODY, NOBODY, NOBODY) == 0, "setresuid");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
	must(geteuid() == NOBODY && setuid(0) < 0, "giving up root");
}

/* The child: makes the call with one set of arguments after the other. */
static void make_calls(long nr)
{
	give_up_everything();
	for (int i = shared->at; i < SETS; i++) {
		uint32_t seed = (uint32_t)(nr * SETS + i) * 2654435761u;
		uintptr_t a[6];

		for (int k = 0; k < 6; k++)
			a[k] = words[chance(&seed) % nwords];
		shared->at = i;
		errno = 0;
		long r = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		shared->outcome[i] = (struct outcome){RETURNED, r, r == -1 ? errno : 0};
	}
	shared->at = SETS;
	_exit(0);
}

/* Is it asleep in a call, and not in a stop that only a traced process makes? */
static int asleep(pid_t pid)
{
	char name[40], stat[512];
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	fd = open(name, O_RDONLY);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n > 0 ? n : 0] = '\0';
	const char *end = strrchr(stat, ')');
	return end && end[1] == ' ' && end[2] == 'S';
}

/* Waits for the child; ends it when it blocks.  Returns whether it did. */
static int watch(pid_t pid, int *status)
{
	const struct timespec interval = {0, POLL_MS * 1000000};
	sigset_t child;
	int polls = 0, before = -1;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(pid, status, WNOHANG) == 0) {
		if (sigtimedwait(&child, NULL, &interval) == SIGCHLD)
			continue;
		polls = asleep(pid) && shared->at == before ? polls + 1 : 0;
		before = shared->at;
		if (polls == POLLS) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return 1;
		}
	}
	return 0;
}

static void run(long nr)
{
	memset(shared, 0, sizeof(*shared));
	while (shared->at < SETS) {
		int status, at;
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (pid == 0)
			make_calls(nr);
		int blocked = watch(pid, &status);
		at = shared->at;
		if (at == SETS)
			break;
		if (shared->outcome[at].how != NOT_YET && ++at == SETS)	/* on its way to the next */
			break;
		if (blocked)
			shared->outcome[at] = (struct outcome){BLOCKED, 0, 0};
		else if (WIFSIGNALED(status))
			shared->outcome[at] = (struct outcome){KILLED, WTERMSIG(status), 0};
		else
			shared->outcome[at] = (struct outcome){EXITED, WEXITSTATUS(status), 0};
		shared->at = at + 1;
	}
}

static void print(long nr)
{
	printf("%ld:", nr);
	for (int i = 0; i < SETS; i++) {
		const struct outcome *o = &shared->outcome[i];

		if (o->how == KILLED)
			printf(" killed-%ld", o->value);
		else if (o->how == EXITED)
			printf(" exited-%ld", o->value);
		else if (o->how == BLOCKED)
			printf(" blocks");
		else if (o->err)
			printf(" E%d", o->err);
		else if (o->value > -PAGE && o->value < PAGE)
			printf(" %ld", o->value);
		else
			printf(" large");	/* an address, a time: something else each time */
	}
	printf("\n");
	fflush(stdout);
}

static int is_skipped(long nr)
{
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		if (skipped[i].nr == nr)
			return 1;
	}
	return 0;
}

static void run_all(long first, long last)
{
	sigset_t child;

	must(setsid() > 0, "setsid");
	must(mount("proc", "/proc", "proc", 0, NULL) == 0, "mount /proc");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "mmap");
	prepare_words();
	for (long nr = first; nr <= last; nr++) {
		if (is_skipped(nr))
			continue;
		run(nr);
		print(nr);
	}
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		run(strange[i]);
		print(strange[i]);
	}
}

int main(int argc, char *argv[])
{
	long first = argc > 1 ? atol(argv[1]) : 0, last = argc > 2 ? atol(argv[2]) : LAST;
	int status;

	needs(geteuid() == 0 &&
	      unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0, "namespaces");
	needs(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	pid_t pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_all(first, last);
		return 0;
	}
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
