/* When the tracer gives its CPU to the thread: on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/handover.h"

enum { US = 1000 };

/* Stops until it is time; limit + 1 when it is not by then. */
static unsigned stops_until_due(struct handover *h, unsigned limit)
{
	unsigned n = 1;

	while (n <= limit && !handover_due(h))
		n++;
	return n;
}

/* One that is due, and the next stop comes so many ns later.  How many stops it took to be due. */
static unsigned once(struct handover *h, uint64_t ns)
{
	const uint64_t begin = 1000000000;
	unsigned n = stops_until_due(h, 2 * HANDOVER_MAX);

	handover_begun(h, begin);
	assert_int_not_equal(h->since, 0);
	handover_ended(h, begin + ns);
	assert_int_equal(h->since, 0);
	return n;
}

static void as_long_as_stops_come_fast_it_is_done_often(void **state)
{
	struct handover h;

	(void)state;
	handover_init(&h);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(once(&h, 10 * US), HANDOVER_EVERY);
}

static void one_that_takes_long_makes_it_rarer(void **state)
{
	struct handover h;
	unsigned every = HANDOVER_EVERY;

	(void)state;
	handover_init(&h);
	while (every < HANDOVER_MAX) {
		assert_int_equal(once(&h, HANDOVER_LONG), every);
		every *= HANDOVER_STEP;
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(once(&h, 100 * HANDOVER_LONG), HANDOVER_MAX);
}

static void it_is_done_often_again_by_and_by(void **state)
{
	struct handover h;

	(void)state;
	handover_init(&h);
	for (int i = 0; i < 3; i++)
		once(&h, HANDOVER_LONG);
	for (unsigned every = HANDOVER_EVERY * HANDOVER_STEP * HANDOVER_STEP * HANDOVER_STEP; every > HANDOVER_EVERY;
	     every /= HANDOVER_STEP)
		assert_int_equal(once(&h, 10 * US), every);
	assert_int_equal(once(&h, 10 * US), HANDOVER_EVERY);
}

/* Beside a process that computes it costs a slice of that, some 1.4 ms; without, 40000 stops take 0.4 s. */
static void beside_a_busy_process_it_is_seldom(void **state)
{
	struct handover h;
	unsigned done = 0;

	(void)state;
	handover_init(&h);
	for (unsigned stops = 0; stops < 40000; done++)
		stops += once(&h, 1400 * US);
	assert_true(done < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_long_as_stops_come_fast_it_is_done_often),
		cmocka_unit_test(one_that_takes_long_makes_it_rarer),
		cmocka_unit_test(it_is_done_often_again_by_and_by),
		cmocka_unit_test(beside_a_busy_process_it_is_seldom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
