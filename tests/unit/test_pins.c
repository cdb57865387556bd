/* The list of threads that are kept on a CPU, with a kernel of the test's own that has four CPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "trace/away.h"
#include "trace/pins.h"

enum { ALL = 0xf, CPU = 1, ON_CPU = 1 << CPU, THREADS = 2 * PINS };

static unsigned long allowed[THREADS];	/* of each thread, whose number is the index; 0: it is gone */
static bool refuses;			/* to change one */
static unsigned keepers;		/* that were asked for */
static int keeper_result;

int __wrap_sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set);
int __wrap_sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *set);

static int look_for(pid_t tid)
{
	assert_in_range(tid, 1, THREADS - 1);
	errno = ESRCH;
	return allowed[tid] == 0 ? -1 : 0;
}

int __wrap_sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set)
{
	const struct cpus cpus = {{allowed[tid]}};

	if (look_for(tid) < 0)
		return -1;
	memcpy(set, &cpus, size);
	return 0;
}

int __wrap_sched_setaffinity(pid_t tid, size_t size, const cpu_set_t *set)
{
	struct cpus cpus;

	if (look_for(tid) < 0)
		return -1;
	errno = EPERM;
	if (refuses)
		return -1;
	memcpy(&cpus, set, size);
	allowed[tid] = cpus.words[0] & ALL;
	return 0;
}

int __wrap_away_run(void (*run)(void *ctx), void *ctx);

int __wrap_away_run(void (*run)(void *ctx), void *ctx)
{
	(void)run;
	(void)ctx;
	keepers++;
	return keeper_result;
}

static int setup(void **state)
{
	static struct pins pins;
	const struct cpus own = {{ALL}};

	for (int i = 0; i < THREADS; i++)
		allowed[i] = ALL;
	refuses = false;
	keepers = 0;
	keeper_result = 0;
	pins_init(&pins);
	assert_int_equal(pins_begin(&pins, CPU, &own), 0);
	*state = &pins;
	return 0;
}

static int teardown(void **state)
{
	pins_end(*state);
	return 0;
}

static void who_is_taken_in_is_on_the_cpu_until_it_is_removed(void **state)
{
	struct pins *p = *state;
	struct pin a = {0}, b = {0};

	assert_false(pins_has(p, 1, a));
	assert_int_equal(pins_add(p, 1, false, &a), 0);
	assert_int_equal(pins_add(p, 2, false, &b), 0);
	assert_int_equal(allowed[1], ON_CPU);
	assert_int_equal(allowed[2], ON_CPU);
	assert_true(pins_has(p, 1, a));
	assert_true(pins_has(p, 2, b));
	pins_remove(p, 1, a);
	assert_false(pins_has(p, 1, a));
	assert_int_equal(allowed[1], ALL);
	assert_int_equal(allowed[2], ON_CPU);
	pins_remove_all(p);
	assert_int_equal(allowed[2], ALL);
	assert_int_equal(p->n, 0);
}

static void each_gets_back_what_it_had(void **state)
{
	struct pins *p = *state;
	struct pin pins[PINS_MASKS + 1] = {{0}};

	for (pid_t i = 0; i <= PINS_MASKS; i++)
		allowed[i + 1] = ON_CPU | (unsigned long)i << (CPU + 1);
	for (pid_t i = 0; i < PINS_MASKS; i++)
		assert_int_equal(pins_add(p, i + 1, false, &pins[i]), 0);
	/* One that is different from all of them is left alone. */
	assert_int_equal(pins_add(p, PINS_MASKS + 1, false, &pins[PINS_MASKS]), -ENOSPC);
	for (pid_t i = 0; i < PINS_MASKS; i++)
		pins_remove(p, i + 1, pins[i]);
	for (pid_t i = 0; i <= PINS_MASKS; i++)
		assert_int_equal(allowed[i + 1], ON_CPU | (unsigned long)i << (CPU + 1));
	/* When nobody is there any more, there is room for others. */
	assert_int_equal(pins_add(p, PINS_MASKS + 1, false, &pins[PINS_MASKS]), 0);
}

static void who_may_not_run_there_is_left_alone(void **state)
{
	struct pins *p = *state;
	struct pin pin = {0};

	allowed[1] = ALL & ~ON_CPU;
	assert_int_equal(pins_add(p, 1, false, &pin), -EINVAL);
	allowed[2] = 0;
	assert_int_equal(pins_add(p, 2, false, &pin), -ESRCH);
	refuses = true;
	assert_int_equal(pins_add(p, 3, false, &pin), -EPERM);
	assert_int_equal(p->n, 0);
	assert_false(pins_has(p, 3, pin));
}

static void one_more_takes_the_place_of_another(void **state)
{
	struct pins *p = *state;
	struct pin pins[THREADS] = {{0}};

	for (pid_t i = 1; i <= PINS + 2; i++)
		assert_int_equal(pins_add(p, i, false, &pins[i]), 0);
	assert_int_equal(p->n, PINS);
	for (pid_t i = 1; i <= PINS + 2; i++) {
		assert_int_equal(pins_has(p, i, pins[i]), i > 2);
		assert_int_equal(allowed[i], i > 2 ? ON_CPU : ALL);
	}
	pins_remove(p, 1, pins[1]);	/* whose place is another's */
	assert_int_equal(p->n, PINS);
}

static void who_makes_no_call_goes(void **state)
{
	struct pins *p = *state;
	struct pin a = {0}, b = {0};

	pins_add(p, 1, false, &a);
	pins_add(p, 2, false, &b);
	pins_remove_idle(p);	/* both have just come */
	assert_int_equal(p->n, 2);
	pins_mark(p, b);
	pins_remove_idle(p);
	assert_int_equal(allowed[1], ALL);
	assert_int_equal(allowed[2], ON_CPU);
	pins_remove_idle(p);
	assert_int_equal(allowed[2], ALL);
}

static void of_one_that_is_gone_the_number_may_be_anothers(void **state)
{
	struct pins *p = *state;
	struct pin pin = {0};

	pins_add(p, 1, false, &pin);
	pins_forget(p, 1, pin);
	assert_int_equal(p->n, 0);
	pins_remove_all(p);
	assert_int_equal(allowed[1], ON_CPU);	/* that of the other */
}

static void one_keeper_is_made_for_those_that_live_on(void **state)
{
	struct pins *p = *state;
	struct pin pins[4] = {{0}};

	assert_int_equal(pins_add(p, 1, false, &pins[1]), 0);
	assert_int_equal(keepers, 0);
	assert_int_equal(pins_add(p, 2, true, &pins[2]), 0);
	assert_int_equal(pins_add(p, 3, true, &pins[3]), 0);
	assert_int_equal(keepers, 1);
}

static void without_a_keeper_those_are_left_alone(void **state)
{
	struct pins *p = *state;
	struct pin pin = {0};

	keeper_result = -EAGAIN;
	assert_int_equal(pins_add(p, 1, true, &pin), -ECHILD);
	assert_true(p->alone);
	assert_int_equal(pins_add(p, 1, true, &pin), -ECHILD);
	assert_int_equal(keepers, 1);
	assert_int_equal(allowed[1], ALL);
	assert_int_equal(pins_add(p, 2, false, &pin), 0);
}

static void an_heir_is_taken_in_as_it_is(void **state)
{
	struct pins *p = *state;
	struct pin creator = {0}, heir = {0};

	pins_add(p, 1, false, &creator);
	assert_true(pins_bequeath(p, creator));
	assert_int_equal(keepers, 1);
	allowed[2] = allowed[1];
	refuses = true;		/* nothing is to be changed */
	assert_true(pins_inherit(p, 2, &heir));
	refuses = false;
	pins_settle(p);
	assert_true(pins_has(p, 2, heir));
	pins_remove(p, 2, heir);
	assert_int_equal(allowed[2], ALL);
	assert_int_equal(allowed[1], ON_CPU);
}

static void who_has_inherited_nothing_is_left_alone(void **state)
{
	struct pins *p = *state;
	struct pin creator = {0}, heir = {0};

	allowed[2] = ON_CPU;
	pins_disinherit(p, 2);		/* it is its own */
	assert_int_equal(allowed[2], ON_CPU);
	pins_add(p, 1, false, &creator);
	pins_bequeath(p, creator);
	allowed[2] = ON_CPU | 8;
	assert_false(pins_inherit(p, 2, &heir));
	pins_disinherit(p, 2);
	assert_int_equal(allowed[2], ON_CPU | 8);
	assert_int_equal(p->n, 1);
}

static void an_heir_that_nobody_takes_in_has_what_its_creator_had(void **state)
{
	struct pins *p = *state;
	const struct cpus own = {{ALL}};
	struct pin creator = {0}, heir = {0};

	allowed[1] = 7;
	pins_add(p, 1, false, &creator);
	pins_bequeath(p, creator);
	allowed[2] = allowed[3] = allowed[1];
	pins_remove_all(p);
	pins_begin(p, CPU + 1, &own);		/* another CPU is shared now */
	assert_false(pins_inherit(p, 2, &heir));
	pins_disinherit(p, 2);
	assert_int_equal(allowed[2], 7);
	allowed[2] = ON_CPU << 1;		/* its own */
	assert_false(pins_inherit(p, 2, &heir));
	pins_settle(p);
	pins_disinherit(p, 3);		/* late, but it is still known */
	assert_int_equal(allowed[3], 7);
}

static void those_that_would_inherit_different_things_wait(void **state)
{
	struct pins *p = *state;
	struct pin a = {0}, b = {0}, c = {0};

	allowed[2] = 3;
	pins_add(p, 1, false, &a);
	pins_add(p, 2, false, &b);
	pins_add(p, 3, false, &c);
	assert_true(pins_bequeath(p, a));
	assert_false(pins_bequeath(p, b));
	assert_true(pins_bequeath(p, c));
	pins_settle(p);
	assert_false(pins_bequeath(p, b));
	pins_settle(p);
	assert_true(pins_bequeath(p, b));
	pins_settle(p);
	pins_settle(p);		/* of one who comes too late */
	assert_true(pins_bequeath(p, a));
}

static void nothing_is_inherited_without_a_keeper(void **state)
{
	struct pins *p = *state;
	struct pin creator = {0};

	keeper_result = -EAGAIN;
	pins_add(p, 1, false, &creator);
	assert_false(pins_bequeath(p, creator));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_taken_in_is_on_the_cpu_until_it_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(each_gets_back_what_it_had, setup, teardown),
		cmocka_unit_test_setup_teardown(who_may_not_run_there_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(one_more_takes_the_place_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(who_makes_no_call_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(of_one_that_is_gone_the_number_may_be_anothers, setup, teardown),
		cmocka_unit_test_setup_teardown(one_keeper_is_made_for_those_that_live_on, setup, teardown),
		cmocka_unit_test_setup_teardown(an_heir_is_taken_in_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_inherited_nothing_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(an_heir_that_nobody_takes_in_has_what_its_creator_had, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_would_inherit_different_things_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_inherited_without_a_keeper, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_keeper_those_are_left_alone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
