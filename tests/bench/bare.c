/*
 * The least that a ptrace tracer can do: two stops for each call, one
 * PTRACE_GET_SYSCALL_INFO for each stop, and nothing with what it tells.
 * The benchmark compares trace with it, and counts calls with it.
 *
 *	bare [-fp] [-c file] command [arg]...
 *
 * -f follows children and threads; -p keeps all on one CPU, as trace does; -c
 * writes the number of calls to a file.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* A child that waits to be traced, then runs the command. */
static pid_t start(char *argv[], int *go)
{
	int fds[2];
	char byte;

	must(pipe(fds) == 0, "pipe");
	pid_t pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		close(fds[1]);
		if (read(fds[0], &byte, 1) == 1) {
			close(fds[0]);
			execvp(argv[0], argv);
			perror(argv[0]);
		}
		_exit(127);
	}
	close(fds[0]);
	*go = fds[1];
	return pid;
}

/* Children inherit it. */
static void place(pid_t pid)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	must(cpu >= 0, "sched_getcpu");
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	must(sched_setaffinity(0, sizeof(one), &one) == 0 && sched_setaffinity(pid, sizeof(one), &one) == 0,
	     "sched_setaffinity");
}

/* Handles one stop; counts the entry of a call. */
static void stop(pid_t pid, int status, unsigned long *calls)
{
	struct ptrace_syscall_info info;
	int sig = WSTOPSIG(status), event = status >> 16, request = PTRACE_SYSCALL;

	if (sig == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0)
			*calls += info.op == PTRACE_SYSCALL_INFO_ENTRY;
		sig = 0;
	} else if (event != 0) {
		if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
			request = PTRACE_LISTEN;
		sig = 0;
	}
	ptrace(request, pid, NULL, sig);
}

int main(int argc, char *argv[])
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	const char *count = NULL;
	unsigned long calls = 0;
	bool place_it = false;
	int c, go, status, result = 1;

	while ((c = getopt(argc, argv, "+fpc:")) != -1) {
		if (c == 'f')
			options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
		else if (c == 'p')
			place_it = true;
		else if (c == 'c')
			count = optarg;
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	pid_t command = start(argv + optind, &go), pid;
	must(ptrace(PTRACE_SEIZE, command, NULL, options) == 0, "PTRACE_SEIZE");
	if (place_it)
		place(command);
	must(write(go, "", 1) == 1, "write");
	close(go);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			stop(pid, status, &calls);
		else if (pid == command)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
	if (count) {
		FILE *f = fopen(count, "w");

		must(f && fprintf(f, "%lu\n", calls) > 0 && fclose(f) == 0, count);
	}
	return result;
}
