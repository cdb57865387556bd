/* Affinity that is lent and given back, with a kernel of the test's own (set_cpus_allowed_ptr, kernel/sched/core.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/affinity.h"
#include "trace/heirs.h"
#include "util/proc.h"

enum { TID = 100, ALL = 0xf };

static struct {
	unsigned long asked;	/* what somebody has set; 0: nobody has */
	unsigned long cpuset;
	unsigned long allowed;
	bool gone;
} thread;

static void update(void)
{
	unsigned long both = thread.asked & thread.cpuset;

	thread.allowed = both ? both : thread.cpuset;
}

static int set(unsigned long asked)
{
	if (!(asked & thread.cpuset))
		return -EINVAL;
	thread.asked = asked;
	update();
	return 0;
}

static void cpuset(unsigned long cpus)
{
	thread.cpuset = cpus;
	update();
}

int __wrap_sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set);
int __wrap_sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *set);

static int look_for(pid_t tid, size_t size)
{
	assert_int_equal(tid, TID);
	assert_int_equal(size, sizeof(struct cpus));
	errno = ESRCH;
	return thread.gone ? -1 : 0;
}

int __wrap_sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set)
{
	const struct cpus cpus = {{thread.allowed}};

	if (look_for(tid, size) < 0)
		return -1;
	memcpy(set, &cpus, size);
	return 0;
}

int __wrap_sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *asked)
{
	struct cpus cpus;

	if (look_for(tid, size) < 0)
		return -1;
	memcpy(&cpus, asked, size);
	errno = -set(cpus.words[0] & ALL);
	return errno ? -1 : 0;
}

/* A thread in that cpuset, which has asked for these CPUs, on CPU 1 for a while; what it had. */
static struct cpus lend(unsigned long cpus, unsigned long asked)
{
	const struct cpus one = cpus_single(1);
	struct cpus had;

	memset(&thread, 0, sizeof(thread));
	thread.asked = asked;
	cpuset(cpus);
	assert_int_equal(cpus_get(TID, &had), 0);
	assert_int_equal(cpus_set(TID, &one), 0);
	assert_int_equal(thread.allowed, 2);
	return had;
}

static void what_was_lent_is_given_back(void **state)
{
	struct cpus had = lend(ALL, 0x6);

	(void)state;
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.allowed, 0x6);
}

static void who_never_asked_has_not_asked_then(void **state)
{
	struct cpus had = lend(0x3, 0);

	(void)state;
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.allowed, 0x3);
	cpuset(ALL);
	assert_int_equal(thread.allowed, ALL);
}

static void what_somebody_set_meanwhile_stays(void **state)
{
	struct cpus had = lend(ALL, 0);

	(void)state;
	assert_int_equal(set(0x4), 0);
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.allowed, 0x4);
	cpuset(0xc);
	assert_int_equal(thread.allowed, 0x4);
}

static void a_cpuset_that_shrinks_meanwhile_can_grow_again(void **state)
{
	struct cpus had = lend(0x3, 0);

	(void)state;
	cpuset(0x1);
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.allowed, 0x1);
	cpuset(0x3);
	assert_int_equal(thread.allowed, 0x3);
}

static void a_cpuset_that_shrinks_to_the_one_cpu_can_grow_again(void **state)
{
	struct cpus had = lend(0x3, 0);

	(void)state;
	cpuset(0x2);
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.allowed, 0x2);
	cpuset(0x3);
	assert_int_equal(thread.allowed, 0x3);
}

static void who_had_that_one_cpu_keeps_it(void **state)
{
	struct cpus had = lend(ALL, 0x2);

	(void)state;
	cpus_restore(TID, 1, &had);
	assert_int_equal(thread.asked, 0x2);
}

static void a_thread_may_be_gone(void **state)
{
	struct cpus had = lend(ALL, 0);

	(void)state;
	thread.gone = true;
	cpus_restore(TID, 1, &had);
	assert_int_equal(cpus_get(TID, &had), -ESRCH);
}

static void both_can_be_on_a_cpu_that_both_may_use(void **state)
{
	struct cpus a = cpus_single(3), b = cpus_single(200), none = cpus_single(5);

	(void)state;
	a.words[200 / (8 * sizeof(long))] |= b.words[200 / (8 * sizeof(long))];
	assert_int_equal(cpus_common(&a, &b, 3), 200);
	assert_int_equal(cpus_common(&a, &a, 200), 200);
	assert_int_equal(cpus_common(&a, &a, 7), 3);
	assert_int_equal(cpus_common(&a, &a, -1), 3);
	assert_int_equal(cpus_common(&a, &none, 5), -1);
}

/* What heirs.c takes for new. */
static void a_thread_starts_when_it_is_made(void **state)
{
	uint64_t before = heirs_now(), start = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	assert_true(child > 0);
	int r = proc_start(child, &start);
	uint64_t after = heirs_now();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(r, 0);
	assert_in_range(start, before, after);
	assert_int_equal(proc_start(child, &start), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_lent_is_given_back),
		cmocka_unit_test(who_never_asked_has_not_asked_then),
		cmocka_unit_test(what_somebody_set_meanwhile_stays),
		cmocka_unit_test(a_cpuset_that_shrinks_meanwhile_can_grow_again),
		cmocka_unit_test(a_cpuset_that_shrinks_to_the_one_cpu_can_grow_again),
		cmocka_unit_test(who_had_that_one_cpu_keeps_it),
		cmocka_unit_test(a_thread_may_be_gone),
		cmocka_unit_test(both_can_be_on_a_cpu_that_both_may_use),
		cmocka_unit_test(a_thread_starts_when_it_is_made),
	};

	return cmocka_run_group_tests_name("affinity", tests, NULL, NULL);
}
