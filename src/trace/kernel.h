/* Facts about the kernel that no header of user space has. */
#ifndef TRACE_KERNEL_H
#define TRACE_KERNEL_H

#include <linux/audit.h>
#include <stdbool.h>
#include <stdint.h>

/* What PTRACE_GET_SYSCALL_INFO calls the ABI that the tables describe: that of this program itself. */
#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define NATIVE_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#else
#error "which AUDIT_ARCH is this?"
#endif

/*
 * "Errors" that a tracer sees in place of a result when a signal interrupts
 * a call (include/linux/errno.h).  The kernel then either makes the call
 * again, or turns them into EINTR when it runs a handler.
 */
enum {
	KERNEL_ERESTARTSYS = 512,		/* EINTR unless the handler has SA_RESTART */
	KERNEL_ERESTARTNOINTR = 513,		/* always made again */
	KERNEL_ERESTARTNOHAND = 514,		/* EINTR after any handler */
	KERNEL_ERESTART_RESTARTBLOCK = 516,	/* EINTR after any handler, otherwise restart_syscall */
};

static inline bool kernel_restarts(int err)
{
	return err == KERNEL_ERESTARTSYS || err == KERNEL_ERESTARTNOINTR || err == KERNEL_ERESTARTNOHAND ||
	       err == KERNEL_ERESTART_RESTARTBLOCK;
}

enum { KERNEL_SYS_SECCOMP = 1 };	/* si_code of a SIGSYS from a seccomp filter; asm-generic/siginfo.h, which signal.h does not get on with */

/*
 * Where the result would be of a call that seccomp refuses with SIGSYS, the
 * kernel has put back what was there before (syscall_rollback,
 * asm-generic/syscall.h).
 */
static inline int64_t kernel_before_call(uint64_t nr, uint64_t first_argument)
{
#if defined(__x86_64__) || defined(__i386__)
	(void)first_argument;
	return (int64_t)nr;
#else
	(void)nr;
	return (int64_t)first_argument;
#endif
}

#endif
