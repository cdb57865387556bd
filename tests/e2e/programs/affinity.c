/* Makes calls fast for a while, and then looks in some way which CPUs it may use. */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "rule.h"

enum { CALLS = 300 };

static void fast(void)
{
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
}

static void show(const char *what, const char *value)
{
	printf("%s %s\n", what, value);
	fflush(stdout);
}

/* What a status file says, from its beginning. */
static void show_file(int fd)
{
	char text[8192];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	char *line = strstr(text, "Cpus_allowed_list:");
	show("file", line ? strtok(line, "\n") : "none");
}

/* One or many: which one is no matter of the program's. */
static void show_count(pid_t pid)
{
	cpu_set_t set;

	sched_getaffinity(pid, sizeof(set), &set);
	show("has", CPU_COUNT(&set) > 1 ? "many" : "one");
}

static void choose_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void show_mask(void)
{
	cpu_set_t set;
	char text[2 * CPU_SETSIZE] = "";

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		perror("sched_getaffinity");
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", i);
	show("mask", text);
}

static void *in_thread(void *arg)
{
	show_mask();
	return arg;
}

/* For as long as it takes until it is seen that another thread makes no calls. */
static void fast_for_long(void)
{
	struct timespec now, begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		fast();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 300);
}

static void *exec_in_thread_late(void *program)
{
	fast_for_long();
	execl(program, program, "get-now", NULL);
	return NULL;
}

static void *exec_in_thread(void *program)
{
	fast();
	execl(program, program, "get-now", NULL);
	return NULL;
}

static void *in_loop(void *arg)
{
	show("ready", "");
	for (;;)
		syscall(SYS_getppid);
	return arg;
}

/* Two threads take turns: whose turn it is makes calls while the other one waits; in the end, both look. */
static int baton[2][2];

static void relay(int self)
{
	char c = 0;

	for (int i = 0; i < 4; i++) {
		if (read(baton[self][0], &c, 1) != 1)
			exit(1);
		fast();
		if (i == 3)
			show_mask();
		if (write(baton[!self][1], &c, 1) != 1)
			exit(1);
	}
}

static void *second_runner(void *arg)
{
	relay(1);
	return arg;
}

/* To the last CPU that it may use. */
static void narrow(void)
{
	cpu_set_t set;
	int last = CPU_SETSIZE - 1;

	sched_getaffinity(0, sizeof(set), &set);
	while (!CPU_ISSET(last, &set))
		last--;
	CPU_ZERO(&set);
	CPU_SET(last, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Again and again, so that there is always a child that lives on, or that is being made. */
static void spawn_and_kill(const char *program)
{
	for (;;) {
		pid_t child = vfork();

		if (child == 0) {
			execl(program, program, "1000", (char *)NULL);
			_exit(127);
		}
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

static void look(const char *how, int early, char *argv[])
{
	pthread_t thread;

	if (!strcmp(how, "get")) {
		show_mask();
	} else if (!strcmp(how, "status")) {
		show_file(open("/proc/self/status", O_RDONLY));
	} else if (!strcmp(how, "relative")) {
		show_file(openat(open("/proc/self/task", O_RDONLY), "../status", O_RDONLY));
	} else if (!strcmp(how, "cwd")) {
		chdir("/proc/self");
		fast();
		show_file(open("status", O_RDONLY));
	} else if (!strcmp(how, "early")) {
		show_file(early);
	} else if (!strcmp(how, "handed")) {
		show_file(atoi(argv[2]));
	} else if (!strcmp(how, "handed-on")) {	/* to the program that it becomes */
		char fd[12];

		snprintf(fd, sizeof(fd), "%d", early);
		execl(argv[0], argv[0], "handed", fd, NULL);
	} else if (!strcmp(how, "fork")) {
		if (fork() == 0) {
			syscall(SYS_write, 2, "", 0);
			show_mask();
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(how, "untraced") || !strcmp(how, "untraced3")) {	/* a child that nobody traces */
		struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};

		fast();
		if ((how[8] ? syscall(SYS_clone3, &args, sizeof(args))
			    : syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0)) == 0) {
			show_mask();
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(how, "chosen")) {	/* one CPU, by a program whose children had all */
		if (fork() == 0)
			_exit(0);
		wait(NULL);
		choose_this_cpu();
		for (int i = 0; i < 3; i++) {
			if (fork() == 0) {
				fast();
				show_count(0);
				_exit(0);
			}
			wait(NULL);
			fast();
		}
		show_count(0);
	} else if (!strcmp(how, "watched")) {	/* by a child, while it makes calls */
		pid_t child = fork();

		if (child == 0) {
			char name[64];

			snprintf(name, sizeof(name), "/proc/%d/status", (int)getppid());
			for (int i = 0; i < 100; i++)
				show_file(open(name, O_RDONLY));
			_exit(0);
		}
		while (waitpid(child, NULL, WNOHANG) == 0)
			syscall(SYS_getppid);
	} else if (!strcmp(how, "children")) {	/* that make calls fast, children and other programs */
		if (fork() == 0) {
			fast();
			show_mask();
			if (fork() == 0) {
				fast();
				execl(argv[0], argv[0], "get", NULL);
			}
			wait(NULL);
			show_mask();
			_exit(0);
		}
		wait(NULL);
		show_mask();
	} else if (!strcmp(how, "watching")) {	/* a child that makes calls */
		pid_t child = fork();

		if (child == 0)
			for (;;)
				syscall(SYS_getppid);
		for (int i = 0; i < 100; i++) {
			usleep(200);	/* long enough for some hundred of them */
			show_count(child);
		}
		kill(child, SIGKILL);
		wait(NULL);
	} else if (!strcmp(how, "child")) {	/* that is left behind when this one is killed, and all its process group */
		if (fork() == 0) {
			setpgid(0, 0);
			look("loop", -1, argv);
		}
		wait(NULL);
	} else if (!strcmp(how, "thread")) {
		pthread_create(&thread, NULL, in_thread, NULL);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "relay")) {
		if (pipe(baton[0]) < 0 || pipe(baton[1]) < 0 || write(baton[0][1], "", 1) != 1)
			exit(1);
		pthread_create(&thread, NULL, second_runner, NULL);
		relay(0);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "joined")) {
		pthread_create(&thread, NULL, in_loop, NULL);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "beside")) {
		pthread_create(&thread, NULL, in_loop, NULL);
		for (;;)
			;
	} else if (!strcmp(how, "thread-exec")) {
		pthread_create(&thread, NULL, exec_in_thread, argv[0]);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "thread-exec-late")) {
		pthread_create(&thread, NULL, exec_in_thread_late, argv[0]);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "exec")) {
		execl(argv[0], argv[0], "get-now", NULL);
	} else if (!strcmp(how, "set")) {
		narrow();
		fast();
		show_mask();
	} else if (!strcmp(how, "spawns")) {
		show("ready", "");
		spawn_and_kill("/bin/sleep");
	} else if (!strcmp(how, "block")) {
		show("ready", "");
		pause();
	} else if (!strcmp(how, "loop")) {
		show("ready", "");
		for (;;)
			syscall(SYS_getppid);
	} else if (!strcmp(how, "compute")) {
		show("ready", "");
		for (;;)
			;
	}
}

int main(int argc, char *argv[])
{
	const char *how = argc > 1 ? argv[1] : "";

	if (!strcmp(how, "get-now")) {
		show_mask();
		return 0;
	}
	bool opens = strcmp(how, "early") == 0 || strcmp(how, "handed-on") == 0;
	int early = opens ? open("/proc/self/status", O_RDONLY) : -1;
	fast();
	look(how, early, argv);
	return 0;
}
