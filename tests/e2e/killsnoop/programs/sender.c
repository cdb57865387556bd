/*
 * Sends signals in every way that there is, one after the other, and tells
 * on standard output who did: lines of `NAME NUMBER`, numbers of threads.
 * Nothing of it reaches anybody but itself and its children.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 4194304	/* PID_MAX_LIMIT: no process has this number */
#define UID_NOBODY 65534

static void tell(const char *name, int number)
{
	printf("%s %d\n", name, number);
	fflush(stdout);
}

/* Runs fn in a child and waits for it.  Returns the signal it died of, or 0. */
static int in_child(const char *name, void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		exit(99);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	tell(name, pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void *from_thread(void *arg)
{
	prctl(PR_SET_NAME, "worker");
	tell("worker", gettid());
	kill(getpid(), SIGIO);
	return arg;
}

static void without_permission(void)
{
	if (setuid(UID_NOBODY) != 0)
		_exit(99);
	kill(1, SIGUSR1);
}

static void kill_itself(void)
{
	kill(getpid(), SIGKILL);
}

/* kill(getpid(), SIGPROF) as a 32-bit program makes it; SIGSEGV where the kernel has no 32-bit calls. */
static void as_32_bit(void)
{
#ifdef __x86_64__
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(37), "b"(getpid()), "c"(SIGPROF) : "r8", "r9", "r10", "r11", "memory");
	(void)ret;
#endif
}

static void fault(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 0;
}

static void timer(void)
{
	struct itimerval soon = { .it_value = { .tv_usec = 1000 } };
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	sigwait(&set, &sig);
}

/* A grandchild that asked for SIGUSR2 when its parent dies. */
static void parent_death(void)
{
	pid_t parent = getpid();
	int ready[2];
	char c;

	if (pipe(ready) != 0)
		_exit(99);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGUSR2);
		if (write(ready[1], "x", 1) != 1)
			_exit(99);
		while (getppid() == parent)	/* the signal comes before the new parent */
			sched_yield();
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		_exit(99);
	tell("orphan", pid);
	tell("dying", getpid());
}

int main(void)
{
	pid_t pid = getpid();
	pthread_t thread;

	if (setpgid(0, 0) != 0)
		return 99;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sig != SIGSEGV && sig != SIGCHLD)
			signal(sig, SIG_IGN);
	prctl(PR_SET_NAME, "sender");
	tell("main", pid);

	kill(pid, 0);
	kill(pid, SIGUSR1);
	kill(-pid, SIGUSR2);
	kill(0, SIGWINCH);
	kill(NOBODY, SIGTERM);
	kill(pid, 65);
	kill(pid, -1);
	kill(pid, INT_MAX);
	kill(NOBODY, 32);	/* the C library's own: nobody else may handle it */
	kill(pid, SIGRTMIN);
	kill(pid, SIGRTMIN + 3);
	kill(pid, SIGRTMAX);
	syscall(SYS_kill, pid | 0x123400000000, SIGUSR1 | 0x123400000000);	/* what is above 32 bits does not count */
	syscall(SYS_tkill, gettid(), SIGURG);
	syscall(SYS_tgkill, pid, gettid(), SIGURG);
	raise(SIGHUP);
	sigqueue(pid, SIGUSR1, (union sigval){ 1 });
	pthread_sigqueue(pthread_self(), SIGUSR2, (union sigval){ 1 });
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	syscall(SYS_pidfd_send_signal, fd, SIGUSR2, NULL, 0);
	tell("pidfd", fd);
	pthread_create(&thread, NULL, from_thread, NULL);
	pthread_join(thread, NULL);
	in_child("stranger", without_permission);
	in_child("suicide", kill_itself);
	tell("compat_signal", in_child("compat", as_32_bit));
	in_child("fault", fault);
	in_child("timer", timer);
	in_child("parent", parent_death);
	prctl(PR_SET_NAME, "a b\xe9\x1b[2J");
	kill(pid, SIGCONT);

	while (wait(NULL) > 0)	/* the orphan is ours now */
		;
	return 0;
}
