#include "heirs.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "util/proc.h"

enum {
	LOOKS = 3,	/* one that is being made is not in /proc yet, and one that was may make another first */
	PAUSE = 10000000,	/* ns */
};

struct heirs {
	int cpu;
	const struct cpus *own;
	uint64_t since;
};

uint64_t heirs_now(void)
{
	uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	uint64_t ticks = (uint64_t)now.tv_sec * per_second + (uint64_t)now.tv_nsec * per_second / 1000000000;
	return ticks > 0 ? ticks : 1;
}

static int look_at(void *ctx, pid_t tid)
{
	const struct heirs *h = ctx;
	uint64_t start;

	if (cpus_is(tid, h->cpu) && proc_start(tid, &start) == 0 && start >= h->since)
		cpus_restore(tid, h->cpu, h->own);
	return 0;
}

static void look(struct heirs *h)
{
	const struct dirent *e;
	DIR *d = opendir("/proc");

	if (!d)
		return;
	while ((e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			proc_threads((pid_t)atol(e->d_name), look_at, h);
	closedir(d);
}

void heirs_restore(int cpu, const struct cpus *own, uint64_t since)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	struct heirs h = {cpu, own, since};

	for (int i = 0; i < LOOKS; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		look(&h);
	}
}
