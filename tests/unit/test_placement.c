/* When tracer and traced thread share a CPU: the policy, on a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/placement_policy.h"

enum { US = 1000, MS = 1000000 };

struct bench {
	struct policy policy;
	uint64_t now;		/* ns */
	unsigned looks;		/* at the clock */
};

static uint64_t look(void *ctx)
{
	struct bench *b = ctx;

	b->looks++;
	return b->now;
}

static struct bench bench(enum placement placement)
{
	struct bench b = {.now = 1};

	policy_init(&b.policy, placement);
	return b;
}

/* One stop, that long after the one before; the advice is taken. */
static enum advice stop_among(struct bench *b, bool alone, uint64_t after)
{
	b->now += after;
	enum advice advice = policy_stop(&b->policy, alone, look, b);
	if (advice == ADVICE_SHARE || advice == ADVICE_PART)
		policy_shares(&b->policy, advice == ADVICE_SHARE);
	return advice;
}

/* While no other thread runs, */
static enum advice stop(struct bench *b, uint64_t after)
{
	return stop_among(b, true, after);
}

/* and while others do. */
static enum advice stop_crowded(struct bench *b, uint64_t after)
{
	return stop_among(b, false, after);
}

/* Stops until there is advice; how many it took, or limit + 1. */
static unsigned stops_until(struct bench *b, uint64_t each, enum advice want, unsigned limit)
{
	for (unsigned n = 1; n <= limit; n++) {
		enum advice have = stop(b, each);
		if (have == want)
			return n;
		assert_int_equal(have, ADVICE_NONE);
	}
	return limit + 1;
}

static void fast_calls_of_one_thread_share(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	assert_int_equal(stops_until(&b, 50 * US, ADVICE_SHARE, 1000), POLICY_RUN + 1);
	assert_int_equal(stops_until(&b, 7 * US, ADVICE_PART, 10000), 10001);
}

static void slow_calls_do_not_share(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	assert_int_equal(stops_until(&b, 1 * MS, ADVICE_SHARE, 10000), 10001);
}

static void a_slow_beginning_is_forgotten(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stop(&b, 0);
	stop(&b, 1000 * (uint64_t)MS);
	assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 1000) <= 2 * POLICY_RUN + 2);
}

static void several_busy_threads_do_not_share(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		assert_int_equal(stop_crowded(&b, 5 * US), ADVICE_NONE);
		assert_int_equal(stop_crowded(&b, 5 * US), ADVICE_NONE);
	}
}

/* Stops while others run, until they part; limit + 1 when they have not by then. */
static unsigned crowded_until_parted(struct bench *b, unsigned limit)
{
	unsigned n = 1;

	while (n <= limit && stop_crowded(b, 7 * US) != ADVICE_PART)
		n++;
	return n;
}

static void others_that_run_for_a_moment_do_not_part_them(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	for (unsigned i = 0; i < 1000; i++) {	/* a child is made, and its creator goes on to wait for it */
		for (unsigned n = 0; n < 10; n++)
			assert_int_equal(stop_crowded(&b, 7 * US), ADVICE_NONE);
		assert_int_equal(stops_until(&b, 7 * US, ADVICE_PART, 50), 51);
	}
}

static void others_that_go_on_running_part_them_soon(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	assert_true(crowded_until_parted(&b, 100) <= POLICY_CROWD / POLICY_CROWDED + 1);
	assert_false(b.policy.sharing);
}

static void others_that_run_half_of_the_time_part_them_too(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);
	unsigned n = 0;

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	while (stop_crowded(&b, 7 * US) != ADVICE_PART) {
		assert_int_equal(stop(&b, 7 * US), ADVICE_NONE);
		assert_true(++n < 2 * POLICY_CROWD);
	}
}

static void one_that_is_in_no_call_keeps_others_from_sharing(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {	/* it is seen at every other stop */
		assert_int_equal(stop(&b, 5 * US), ADVICE_NONE);
		assert_int_equal(stop_crowded(&b, 5 * US), ADVICE_NONE);
	}
}

static void a_program_that_begins_shares_from_its_first_calls_on(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	policy_begin(&b.policy);
	assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 1000) <= 2);
	assert_int_equal(stops_until(&b, 7 * US, ADVICE_PART, 10000), 10001);
}

static void one_that_computes_from_the_beginning_parts_soon(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	policy_begin(&b.policy);
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	assert_true(stops_until(&b, 100 * US, ADVICE_PART, 1000) <= POLICY_RUN + 1);
	/* And now it is measured; that it computes as much is no reason not to. */
	assert_int_equal(stops_until(&b, 140 * US, ADVICE_SHARE, 1000), POLICY_RUN + 1);
	assert_int_equal(stops_until(&b, 100 * US, ADVICE_PART, 10000), 10001);
}

static void after_an_interruption_it_goes_on_soon(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	stops_until(&b, 7 * US, ADVICE_PART, POLICY_WORTH);
	policy_break(&b.policy);
	assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 1000) <= POLICY_AGAIN + 1);
}

static void short_runs_have_to_become_longer(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);
	unsigned before = 0;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		unsigned n = stops_until(&b, 50 * US, ADVICE_SHARE, 10000);
		assert_true(n > before);
		before = n;
		crowded_until_parted(&b, 100);
	}
	for (unsigned i = 0; i < 20; i++) {	/* and not without end */
		assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 10000) <= POLICY_RUN_MAX + 1);
		crowded_until_parted(&b, 100);
	}
	stops_until(&b, 50 * US, ADVICE_SHARE, 10000);
	stops_until(&b, 7 * US, ADVICE_PART, 2 * POLICY_WINDOW);
	crowded_until_parted(&b, 100);	/* a long run: they are believed at once again */
	assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 1000) <= POLICY_RUN + 1);
}

static void a_thread_that_begins_to_compute_parts(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	assert_true(stops_until(&b, 1 * MS, ADVICE_PART, 1000) <= POLICY_WINDOW + 1);
}

static void sharing_that_is_slower_ends_and_is_tried_again_later(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);
	uint64_t parted;

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	assert_true(stops_until(&b, 100 * US, ADVICE_PART, 1000) <= POLICY_WINDOW + 1);
	parted = b.now;
	assert_true(stops_until(&b, 50 * US, ADVICE_SHARE, 100000) <= 100000);
	assert_true(b.now - parted >= POLICY_RETRY);
	assert_true(b.now - parted < 2 * POLICY_RETRY);
}

static void silence_parts_them(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	assert_int_equal(policy_tick(&b.policy), ADVICE_NONE);	/* there were stops before it */
	stop(&b, 7 * US);
	assert_int_equal(policy_tick(&b.policy), ADVICE_NONE);
	assert_int_equal(policy_tick(&b.policy), ADVICE_PART);
}

static void what_could_be_seen_is_not_done(void **state)
{
	struct bench b = bench(PLACEMENT_SHARE);

	(void)state;
	policy_bar(&b.policy);
	assert_int_equal(stops_until(&b, 5 * US, ADVICE_SHARE, 10000), 10001);
	policy_begin(&b.policy);
	assert_true(stops_until(&b, 5 * US, ADVICE_SHARE, 1000) <= 2);
}

static void share_does_not_ask_what_it_gains(void **state)
{
	struct bench b = bench(PLACEMENT_SHARE);

	(void)state;
	assert_int_equal(stops_until(&b, 10 * MS, ADVICE_SHARE, 1000), POLICY_RUN + 1);
	assert_int_equal(stops_until(&b, 20 * MS, ADVICE_PART, 1000), 1001);
	assert_true(crowded_until_parted(&b, 100) <= 100);
}

static void free_never_shares_and_has_no_use_for_a_clock(void **state)
{
	struct bench b = bench(PLACEMENT_FREE);

	(void)state;
	assert_int_equal(stops_until(&b, 1 * US, ADVICE_SHARE, 10000), 10001);
	assert_int_equal(b.looks, 0);
}

static void the_clock_is_looked_at_rarely(void **state)
{
	struct bench b = bench(PLACEMENT_AUTO);

	(void)state;
	stops_until(&b, 50 * US, ADVICE_SHARE, 1000);
	b.looks = 0;
	stops_until(&b, 7 * US, ADVICE_PART, 100 * POLICY_WINDOW);
	assert_true(b.looks <= 102);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fast_calls_of_one_thread_share),
		cmocka_unit_test(slow_calls_do_not_share),
		cmocka_unit_test(a_slow_beginning_is_forgotten),
		cmocka_unit_test(several_busy_threads_do_not_share),
		cmocka_unit_test(others_that_run_for_a_moment_do_not_part_them),
		cmocka_unit_test(others_that_go_on_running_part_them_soon),
		cmocka_unit_test(others_that_run_half_of_the_time_part_them_too),
		cmocka_unit_test(one_that_is_in_no_call_keeps_others_from_sharing),
		cmocka_unit_test(a_program_that_begins_shares_from_its_first_calls_on),
		cmocka_unit_test(one_that_computes_from_the_beginning_parts_soon),
		cmocka_unit_test(after_an_interruption_it_goes_on_soon),
		cmocka_unit_test(short_runs_have_to_become_longer),
		cmocka_unit_test(a_thread_that_begins_to_compute_parts),
		cmocka_unit_test(sharing_that_is_slower_ends_and_is_tried_again_later),
		cmocka_unit_test(silence_parts_them),
		cmocka_unit_test(what_could_be_seen_is_not_done),
		cmocka_unit_test(share_does_not_ask_what_it_gains),
		cmocka_unit_test(free_never_shares_and_has_no_use_for_a_clock),
		cmocka_unit_test(the_clock_is_looked_at_rarely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
