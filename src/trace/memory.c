#include "memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

/* One transfer.  The kernel promises partial ones between elements of an iovec only. */
static ssize_t read_at_once(pid_t tid, uint64_t addr, void *buf, size_t len)
{
	struct iovec here = {buf, len}, there = {(void *)(uintptr_t)addr, len};

	return process_vm_readv(tid, &here, 1, &there, 1, 0);
}

/* Word by word: needs no permission beyond being the tracer, which a program that changed its ids denies us. */
static size_t peek(pid_t tid, uint64_t addr, char *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t skip = (addr + done) % sizeof(long);
		errno = 0;
		long word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)(addr + done - skip), NULL);
		if (errno != 0)
			break;
		size_t n = sizeof(word) - skip;
		if (n > len - done)
			n = len - done;
		memcpy(buf + done, (char *)&word + skip, n);
		done += n;
	}
	return done;
}

size_t memory_read(pid_t tid, uint64_t addr, void *buf, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), done = 0;

	if (len == 0)
		return 0;
	ssize_t n = read_at_once(tid, addr, buf, len);
	if (n < 0 && (errno == EPERM || errno == ENOSYS))
		return peek(tid, addr, buf, len);
	if (n > 0)
		done = (size_t)n;
	while (done < len) {	/* up to the first page that cannot be read */
		size_t piece = page - (addr + done) % page;
		if (piece > len - done)
			piece = len - done;
		n = read_at_once(tid, addr + done, (char *)buf + done, piece);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static const struct memory_piece *find(const struct memory *m, pid_t tid, uint64_t addr)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->pieces[i].addr == addr && m->pieces[i].tid == tid)
			return &m->pieces[i];
	return NULL;
}

/* The next piece holds what was read into it; tid 0: nothing. */
static void keep(struct memory *m, pid_t tid, uint64_t addr, size_t len)
{
	struct memory_piece *p = &m->pieces[m->next];

	p->tid = tid;
	p->addr = addr;
	p->len = len;
	m->next = (m->next + 1) % MEMORY_PIECES;
	if (m->n < MEMORY_PIECES)
		m->n++;
}

/* NULL: pieces cannot be had, and word by word they would cost too much. */
static const struct memory_piece *piece_of(struct memory *m, pid_t tid, uint64_t addr)
{
	const struct memory_piece *had = find(m, tid, addr);

	if (had)
		return had;
	struct memory_piece *p = &m->pieces[m->next];
	ssize_t n = read_at_once(tid, addr, p->bytes, sizeof(p->bytes));
	bool denied = n < 0 && (errno == EPERM || errno == ENOSYS);
	keep(m, denied ? 0 : tid, addr, n > 0 ? (size_t)n : 0);
	return denied ? NULL : p;
}

/* A piece to be read into the one that is next after `n` others; false: it is there already, or will be. */
static bool plan(struct memory *m, pid_t tid, uint64_t addr, const struct iovec *there, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if ((uint64_t)(uintptr_t)there[i].iov_base == addr)
			return false;
	return addr != 0 && n < MEMORY_PIECES && !find(m, tid, addr);
}

void memory_gather(struct memory *m, pid_t tid, const uint64_t *addrs, unsigned n)
{
	struct iovec here[MEMORY_PIECES], there[MEMORY_PIECES];
	unsigned planned = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t addr = addrs[i] - addrs[i] % MEMORY_PIECE;
		struct memory_piece *p = &m->pieces[(m->next + planned) % MEMORY_PIECES];

		if (!plan(m, tid, addr, there, planned))
			continue;
		here[planned] = (struct iovec){p->bytes, sizeof(p->bytes)};
		there[planned++] = (struct iovec){(void *)(uintptr_t)addr, sizeof(p->bytes)};
	}
	if (planned < 2)	/* whoever needs it reads it */
		return;
	for (unsigned i = 0; i < planned; i++)	/* what was in their places is lost */
		m->pieces[(m->next + i) % MEMORY_PIECES].tid = 0;
	ssize_t got = process_vm_readv(tid, here, planned, there, planned, 0);
	for (unsigned i = 0; i < planned && got >= MEMORY_PIECE; i++, got -= MEMORY_PIECE)
		keep(m, tid, (uint64_t)(uintptr_t)there[i].iov_base, MEMORY_PIECE);
}

size_t memory_fetch(struct memory *m, pid_t tid, uint64_t addr, void *buf, size_t len)
{
	size_t done = 0;

	if (len > (size_t)MEMORY_PIECES * MEMORY_PIECE)
		return memory_read(tid, addr, buf, len);
	while (done < len) {
		size_t skip = (size_t)((addr + done) % MEMORY_PIECE);
		const struct memory_piece *p = piece_of(m, tid, addr + done - skip);
		size_t n = p && p->len > skip ? p->len - skip : 0, want = len - done;

		if (!p)
			return done + memory_read(tid, addr + done, (char *)buf + done, want);
		if (n > want)
			n = want;
		memcpy((char *)buf + done, p->bytes + skip, n);
		done += n;
		if (n < want && skip + n < MEMORY_PIECE)
			break;
	}
	return done;
}

void memory_forget(struct memory *m)
{
	m->n = m->next = 0;
}
