#include "tasks.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/*
 * A thread goes on to send signals after sched_process_exit (to its parent,
 * and to children that asked to be told), so the exited are kept for a
 * while: as long as so many others have not exited after them.
 */
#define EXITED_KEPT 4096

struct tasks {
	struct task **bucket;
	size_t nbuckets, n;		/* nbuckets is a power of two */
	pid_t exited[EXITED_KEPT];	/* a ring; 0: unused */
	unsigned next_exited;
};

struct tasks *tasks_new(void)
{
	struct tasks *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->nbuckets = 1024;
	t->bucket = calloc(t->nbuckets, sizeof(struct task *));
	if (!t->bucket) {
		free(t);
		return NULL;
	}
	return t;
}

void tasks_free(struct tasks *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct task *task = t->bucket[i], *next; task; task = next) {
			next = task->next;
			free(task);
		}
	}
	free(t->bucket);
	free(t);
}

static struct task **bucket_of(const struct tasks *t, pid_t tid)
{
	return &t->bucket[(uint32_t)tid & (t->nbuckets - 1)];	/* numbers of threads are dense */
}

struct task *tasks_find(struct tasks *t, pid_t tid)
{
	struct task *task = *bucket_of(t, tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

void tasks_each(struct tasks *t, void (*fn)(void *, struct task *), void *arg)
{
	for (size_t i = 0; i < t->nbuckets; i++)
		for (struct task *task = t->bucket[i]; task; task = task->next)
			fn(arg, task);
}

/* Twice the buckets.  When there is no memory for them the chains just get longer. */
static void grow(struct tasks *t)
{
	struct tasks bigger = { .nbuckets = 2 * t->nbuckets };

	bigger.bucket = calloc(bigger.nbuckets, sizeof(struct task *));
	if (!bigger.bucket)
		return;
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct task *task = t->bucket[i], *next; task; task = next) {
			next = task->next;
			struct task **to = bucket_of(&bigger, task->tid);
			task->next = *to;
			*to = task;
		}
	}
	free(t->bucket);
	t->bucket = bigger.bucket;
	t->nbuckets = bigger.nbuckets;
}

static struct task *add(struct tasks *t, pid_t tid)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	if (t->n++ == t->nbuckets)
		grow(t);
	struct task **bucket = bucket_of(t, tid);
	task->tid = tid;
	task->next = *bucket;
	*bucket = task;
	return task;
}

static void drop(struct tasks *t, pid_t tid)
{
	for (struct task **p = bucket_of(t, tid); *p; p = &(*p)->next) {
		struct task *task = *p;
		if (task->tid != tid)
			continue;
		*p = task->next;
		free(task);
		t->n--;
		return;
	}
}

static void set_comm(struct task *task, const char *comm)
{
	size_t len = strnlen(comm, COMM_SIZE - 1);

	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, comm, len);
}

struct task *tasks_put(struct tasks *t, pid_t tid, pid_t tgid, const char *comm)
{
	struct task *task = tasks_find(t, tid);

	if (!task)
		task = add(t, tid);
	if (!task)
		return NULL;
	task->tgid = tgid;
	task->exited = false;
	set_comm(task, comm);
	return task;
}

/* Returns false when there is no such thread any more. */
static bool read_proc(pid_t tid, pid_t *tgid, char comm[COMM_SIZE])
{
	long value;

	if (proc_comm(tid, comm) != 0 || proc_status(tid, "Tgid", &value) != 0)
		return false;
	*tgid = (pid_t)value;
	return true;
}

struct task *tasks_ask(struct tasks *t, pid_t tid)
{
	struct task *task = tasks_find(t, tid);
	char comm[COMM_SIZE];
	pid_t tgid;

	if (task)
		return task;
	return read_proc(tid, &tgid, comm) ? tasks_put(t, tid, tgid, comm) : tasks_put(t, tid, 0, "");
}

void tasks_refresh(struct task *task)
{
	char comm[COMM_SIZE];
	pid_t tgid;

	if (!read_proc(task->tid, &tgid, comm))
		return;
	task->tgid = tgid;
	set_comm(task, comm);
}

struct scan {
	struct tasks *tasks;
	pid_t tgid;
};

static int scan_thread(void *arg, pid_t tid)
{
	struct scan *s = arg;
	char comm[COMM_SIZE];

	if (proc_comm(tid, comm) == 0 && !tasks_put(s->tasks, tid, s->tgid, comm))
		return -ENOMEM;
	return 0;
}

int tasks_scan(struct tasks *t)
{
	struct scan s = { .tasks = t };
	struct dirent *e;
	int r = 0;

	DIR *d = opendir("/proc");
	if (!d)
		return -errno;
	while (r >= 0 && (e = readdir(d))) {
		s.tgid = (pid_t)atol(e->d_name);
		if (s.tgid > 0)
			r = proc_threads(s.tgid, scan_thread, &s);
		if (r < 0 && r != -ENOMEM)	/* gone in the meantime, or hidden from us */
			r = 0;
	}
	closedir(d);
	return r;
}

void tasks_backfill(struct tasks *t, const struct event *ev)
{
	const char *old = ev->kind == EVENT_RENAME ? ev->task.old : ev->task.comm;

	if (ev->kind != EVENT_NEWTASK && ev->kind != EVENT_RENAME && ev->kind != EVENT_TASK_EXIT)
		return;
	struct task *task = tasks_find(t, ev->task.tid);
	if (!task)
		task = add(t, ev->task.tid);
	if (!task || (task->changed && task->changed <= ev->ts))
		return;
	task->changed = ev->ts;
	if (ev->kind != EVENT_NEWTASK)	/* before it there was no such thread */
		set_comm(task, old);
}

static void apply_exit(struct tasks *t, const struct event *ev)
{
	struct task *task = tasks_find(t, ev->task.tid);

	if (!task || task->exited)
		return;
	task->exited = true;
	pid_t *slot = &t->exited[t->next_exited++ % EXITED_KEPT];
	struct task *oldest = *slot ? tasks_find(t, *slot) : NULL;
	if (oldest && oldest->exited && oldest != task)
		drop(t, oldest->tid);
	*slot = ev->task.tid;
}

/* The parent is the thread that runs: its process is the new thread's, too, or the new thread begins one. */
static pid_t process_of_new(struct tasks *t, const struct event *ev)
{
	const struct task *parent = tasks_find(t, ev->tid);

	if (!(ev->task.clone_flags & CLONE_THREAD))
		return ev->task.tid;
	return parent ? parent->tgid : 0;
}

void tasks_apply(struct tasks *t, const struct event *ev)
{
	struct task *task;

	switch (ev->kind) {
	case EVENT_NEWTASK:
		task = tasks_put(t, ev->task.tid, process_of_new(t, ev), ev->task.comm);
		if (task)
			task->pending.call = NULL;
		break;
	case EVENT_RENAME:
		/* exec in a thread: it takes the number of its leader, which has exited */
		task = tasks_ask(t, ev->task.tid);
		if (task)
			tasks_put(t, task->tid, task->tgid, ev->task.comm);
		break;
	case EVENT_TASK_EXIT:
		apply_exit(t, ev);
		break;
	default:
		break;
	}
}
