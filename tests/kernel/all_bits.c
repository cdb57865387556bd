/*
 * Makes every system call with every bit and every small number in its
 * arguments, and with every bit in the memory they point to.  None of them
 * happens: a seccomp filter refuses all but the exit.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS 480
#define GAP_FIRST 337	/* numbers that x86_64 does not use */
#define GAP_END 424
#define SMALL 64	/* numbers tried: 0 to SMALL - 1 */
#define URETPROBE 335	/* these two kill whoever calls them, allowed or not */
#define UPROBE 336

static uint32_t buffer[1024];

static void refuse_all(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		_exit(1);
}

static void call_with(long nr, unsigned long v)
{
	syscall(nr, v, v, v, v, v, v);
}

/* A pointer in one argument, a size in the others. */
static void call_with_memory(long nr, uint32_t word)
{
	for (size_t i = 0; i < sizeof(buffer) / sizeof(buffer[0]); i++)
		buffer[i] = word;
	for (int at = 0; at < 6; at++) {
		unsigned long arg[6] = {128, 128, 128, 128, 128, 128};

		arg[at] = (unsigned long)buffer;
		syscall(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	}
}

int main(void)
{
	refuse_all();
	for (long nr = 0; nr < CALLS; nr++) {
		if (nr == SYS_exit_group || nr == URETPROBE || nr == UPROBE || (nr >= GAP_FIRST && nr < GAP_END))
			continue;
		for (int bit = 0; bit < 64; bit++)
			call_with(nr, 1ul << bit);
		for (unsigned long n = 0; n < SMALL; n++)
			call_with(nr, n);
		for (int bit = 0; bit < 32; bit++)
			call_with_memory(nr, 1u << bit);
	}
	_exit(0);
}
