#include "bpf.h"

#include <linux/seccomp.h>
#include <stdlib.h>

#include "decode/decode.h"
#include "kernel.h"

#define STOP (SECCOMP_RET_TRACE | BPF_MARK)

enum {
	HEAD = 4,	/* instructions before the numbers */
	PER_CHANGE = 2,	/* for each number from which on the answer is another */
	TAIL = 1,
};

bool bpf_stops(const struct filter *f, uint64_t nr)
{
	const struct call *call = decode_find(nr);

	if (!call)
		return true;
	return call->cls == CALL_FORK || call->cls == CALL_EXEC || call->cls == CALL_RESTART || call->seccomp ||
	       filter_call(f, call);
}

static struct sock_filter answer(const struct filter *f, uint64_t nr)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, bpf_stops(f, nr) ? STOP : SECCOMP_RET_ALLOW);
}

/*
 * Numbers below `to` get the answer of the number before it; the others are
 * left to what follows.  The jumps are short ones, however long the program.
 */
static struct sock_filter *put_change(struct sock_filter *p, const struct filter *f, uint32_t to)
{
	*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, to, 1, 0);
	*p++ = answer(f, to - 1);
	return p;
}

size_t bpf_make(const struct filter *f, struct sock_filter **program)
{
	size_t changes = 0;

	for (uint32_t nr = 1; nr <= table_nrs; nr++)
		changes += bpf_stops(f, nr) != bpf_stops(f, nr - 1);
	size_t n = HEAD + PER_CHANGE * changes + TAIL;
	if (n > BPF_MAXINSNS || !(*program = calloc(n, sizeof(**program))))
		return 0;
	struct sock_filter *p = *program;
	*p++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	*p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	*p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, STOP);
	*p++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (uint32_t nr = 1; nr <= table_nrs; nr++)
		if (bpf_stops(f, nr) != bpf_stops(f, nr - 1))
			p = put_change(p, f, nr);
	*p = answer(f, table_nrs);
	return n;
}
