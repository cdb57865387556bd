/* From events to rows: the order of time, threads and their names, pairs. */
#include "killsnoop_data.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "killsnoop/calls.h"
#include "killsnoop/merge.h"
#include "killsnoop/tasks.h"

/* Numbers that no process of the machine has: above PID_MAX_LIMIT, so that /proc cannot interfere. */
#define A 5000001
#define B 5000002
#define C 5000003

static void add_at(struct merge *m, unsigned cpu, uint64_t ts)
{
	struct event *ev = merge_add(m, cpu);

	assert_non_null(ev);
	*ev = (struct event){ .ts = ts };
}

static void events_of_all_cpus_come_in_the_order_of_time(void **state)
{
	struct merge *m = merge_new(3);
	const struct event *ev;
	uint64_t last = 0;
	int n = 0;
	(void)state;

	for (uint64_t i = 0; i < 3000; i++)
		add_at(m, (unsigned)(i * 7 % 3), i * 10 + i * 7 % 3);
	while ((ev = merge_next(m, UINT64_MAX))) {
		assert_true(ev->ts >= last);
		last = ev->ts;
		n++;
	}
	assert_int_equal(n, 3000);
	merge_free(m);
}

static void nothing_behind_the_watermark_comes_out(void **state)
{
	struct merge *m = merge_new(2);
	(void)state;

	add_at(m, 0, 10);
	add_at(m, 0, 30);
	add_at(m, 1, 20);
	assert_int_equal(merge_next(m, 20)->ts, 10);
	assert_int_equal(merge_next(m, 20)->ts, 20);
	assert_null(merge_next(m, 20));
	assert_int_equal(merge_held(m), 1);
	add_at(m, 1, 25);	/* what another CPU gave only in the next round */
	assert_int_equal(merge_next(m, 40)->ts, 25);
	assert_int_equal(merge_next(m, 40)->ts, 30);
	assert_null(merge_next(m, 40));
	merge_free(m);
}

static void an_event_can_be_taken_back(void **state)
{
	struct merge *m = merge_new(1);
	(void)state;

	add_at(m, 0, 10);
	add_at(m, 0, 20);
	merge_drop(m, 0);
	assert_int_equal(merge_next(m, 40)->ts, 10);
	assert_null(merge_next(m, 40));
	merge_free(m);
}

static struct calls calls_new(void)
{
	return (struct calls){ .tasks = tasks_new() };
}

static bool apply(struct calls *c, struct event ev, struct row *row)
{
	return calls_apply(c, &ev, row);
}

static void entry_and_exit_of_a_thread_are_a_row(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	tasks_put(c.tasks, B, A, "sender");
	assert_false(apply(&c, enter_event(100, B, "kill", 4711, 15, 0), &row));
	assert_true(apply(&c, exit_event(200, B, "kill", -EPERM), &row));
	assert_int_equal(row.ts, 200);
	assert_int_equal(row.pid, A);
	assert_int_equal(row.tid, B);
	assert_string_equal(row.comm, "sender");
	assert_int_equal(row.to, 4711);
	assert_int_equal(row.sig, 15);
	assert_int_equal(row.ret, -EPERM);
	assert_int_equal(row.ntargets, 0);
	assert_int_equal(c.halves, 0);
	tasks_free(c.tasks);
}

static void threads_do_not_mix(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	apply(&c, enter_event(1, A, "kill", 1, 1, 0), &row);
	apply(&c, enter_event(2, B, "kill", 2, 2, 0), &row);
	assert_true(apply(&c, exit_event(3, A, "kill", 0), &row));
	assert_int_equal(row.sig, 1);
	assert_true(apply(&c, exit_event(4, B, "kill", 0), &row));
	assert_int_equal(row.sig, 2);
	tasks_free(c.tasks);
}

static void the_upper_halves_of_registers_do_not_count(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	apply(&c, enter_event(1, A, "kill", 0xdeadbeeffffffffb, 0xdeadbeef00000009, 0), &row);
	assert_true(apply(&c, exit_event(2, A, "kill", 0), &row));
	assert_int_equal(row.to, -5);
	assert_int_equal(row.sig, 9);
	tasks_free(c.tasks);
}

static void each_call_has_its_signal_and_target_where_the_table_says(void **state)
{
	static const struct {
		const char *name;
		int to, sig;
		bool fd;
	} calls[] = {
		{ "kill", 11, 12, false }, { "tkill", 11, 12, false }, { "tgkill", 11, 13, false },
		{ "rt_sigqueueinfo", 11, 12, false }, { "rt_tgsigqueueinfo", 11, 13, false },
		{ "pidfd_send_signal", 11, 12, true },
	};
	struct calls c = calls_new();
	struct row row;
	(void)state;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		apply(&c, enter_event(1, A, calls[i].name, 11, 12, 13), &row);
		assert_true(apply(&c, exit_event(2, A, calls[i].name, 0), &row));
		assert_int_equal(row.to, calls[i].to);
		assert_int_equal(row.sig, calls[i].sig);
		assert_int_equal(row.to_is_fd, calls[i].fd);
	}
	tasks_free(c.tasks);
}

static void halves_are_counted_and_never_paired_wrongly(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	assert_false(apply(&c, exit_event(1, A, "kill", 0), &row));	/* was in progress when we came */
	assert_int_equal(c.halves, 0);

	apply(&c, enter_event(2, A, "kill", 1, 1, 0), &row);
	apply(&c, enter_event(3, A, "kill", 2, 2, 0), &row);	/* an exit is missing */
	assert_int_equal(c.halves, 1);
	assert_false(apply(&c, exit_event(4, A, "tkill", 0), &row));
	assert_int_equal(c.halves, 3);

	/* entry, [exit, entry], exit with a loss in between look like a pair */
	apply(&c, enter_event(10, A, "kill", 1, 1, 0), &row);
	apply(&c, lost_event(20, 2), &row);
	assert_false(apply(&c, exit_event(21, A, "kill", 0), &row));
	assert_int_equal(c.halves, 5);
	assert_int_equal(c.lost, 2);
	assert_false(apply(&c, exit_event(22, A, "kill", 0), &row));
	assert_int_equal(c.halves, 6);

	/* the first event after the gap has the time of the gap */
	apply(&c, lost_event(30, 1), &row);
	apply(&c, enter_event(30, A, "kill", 1, 1, 0), &row);
	assert_true(apply(&c, exit_event(31, A, "kill", 0), &row));

	/* a thread that dies will not return */
	apply(&c, enter_event(40, A, "kill", 1, 1, 0), &row);
	apply(&c, task_event(EVENT_TASK_EXIT, 41, A, A, "a", 0), &row);
	assert_int_equal(c.halves, 7);
	tasks_free(c.tasks);
}

static void entries_that_are_left_at_the_end_are_halves_after_a_loss(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	apply(&c, enter_event(1, A, "kill", 1, 1, 0), &row);
	apply(&c, lost_event(2, 1), &row);
	apply(&c, enter_event(3, B, "kill", 1, 1, 0), &row);	/* just in progress */
	calls_end(&c);
	assert_int_equal(c.halves, 1);

	/* and when a new thread has the number of a lost one */
	apply(&c, task_event(EVENT_NEWTASK, 4, A, B, "b", 0), &row);
	assert_int_equal(c.halves, 2);
	tasks_free(c.tasks);
}

static void filtered_entries_leave_no_halves(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	c.partial = true;
	apply(&c, lost_event(1, 1), &row);
	assert_false(apply(&c, exit_event(2, A, "kill", 0), &row));
	assert_int_equal(c.halves, 0);
	tasks_free(c.tasks);
}

static void the_name_is_the_one_at_the_time_of_the_call(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	tasks_put(c.tasks, A, A, "parent");
	apply(&c, task_event(EVENT_NEWTASK, 1, A, B, "parent", 0), &row);
	apply(&c, enter_event(2, B, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(3, B, "kill", 0), &row));
	assert_string_equal(row.comm, "parent");
	assert_int_equal(row.pid, B);
	apply(&c, task_event(EVENT_RENAME, 4, B, B, "child", 0), &row);
	apply(&c, enter_event(5, B, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(6, B, "kill", 0), &row));
	assert_string_equal(row.comm, "child");
	apply(&c, task_event(EVENT_TASK_EXIT, 7, B, B, "child", 0), &row);

	/* the number is used again */
	apply(&c, task_event(EVENT_NEWTASK, 8, A, B, "other", CLONE_THREAD), &row);
	apply(&c, enter_event(9, B, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(10, B, "kill", 0), &row));
	assert_string_equal(row.comm, "other");
	assert_int_equal(row.pid, A);
	tasks_free(c.tasks);
}

static void a_thread_without_a_known_birth_is_not_taken_for_a_process(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	apply(&c, enter_event(1, B, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(2, B, "kill", 0), &row));
	assert_int_equal(row.tid, B);
	assert_int_equal(row.pid, 0);
	assert_null(row.comm);
	apply(&c, task_event(EVENT_RENAME, 3, B, B, "name", 0), &row);
	apply(&c, task_event(EVENT_NEWTASK, 4, B, C, "name", CLONE_THREAD), &row);	/* it is of the same process */
	for (int tid = B; tid <= C; tid++) {
		apply(&c, enter_event(5, tid, "kill", 1, 0, 0), &row);
		assert_true(apply(&c, exit_event(6, tid, "kill", 0), &row));
		assert_int_equal(row.pid, 0);
		assert_string_equal(row.comm, "name");
	}
	tasks_free(c.tasks);
}

static void a_thread_that_execs_takes_the_number_of_its_leader(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	tasks_put(c.tasks, A, A, "leader");
	apply(&c, task_event(EVENT_NEWTASK, 1, A, B, "leader", CLONE_THREAD), &row);
	apply(&c, task_event(EVENT_TASK_EXIT, 2, A, A, "leader", 0), &row);
	apply(&c, task_event(EVENT_RENAME, 3, A, A, "program", 0), &row);
	for (int i = 0; i < 5000; i++) {	/* many that exit later */
		apply(&c, task_event(EVENT_NEWTASK, 4, A, C + i, "x", 0), &row);
		apply(&c, task_event(EVENT_TASK_EXIT, 4, C + i, C + i, "x", 0), &row);
	}
	assert_null(tasks_find(c.tasks, C));	/* they are forgotten in the end */
	assert_non_null(tasks_find(c.tasks, C + 4999));
	apply(&c, enter_event(5, A, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(6, A, "kill", 0), &row));
	assert_string_equal(row.comm, "program");
	assert_int_equal(row.pid, A);
	tasks_free(c.tasks);
}

static void a_thread_that_has_exited_is_forgotten_though_it_was_looked_up(void **state)
{
	struct calls c = calls_new();
	struct row row;
	(void)state;

	tasks_put(c.tasks, getpid(), getpid(), "x");
	apply(&c, task_event(EVENT_TASK_EXIT, 1, getpid(), getpid(), "x", 0), &row);
	apply(&c, lost_event(1000000000, 1), &row);
	apply(&c, enter_event(2000000000, getpid(), "kill", 1, 0, 0), &row);
	assert_string_not_equal(tasks_find(c.tasks, getpid())->comm, "x");
	for (int i = 0; i < 5000; i++) {
		apply(&c, task_event(EVENT_NEWTASK, 4, A, C + i, "x", 0), &row);
		apply(&c, task_event(EVENT_TASK_EXIT, 4, C + i, C + i, "x", 0), &row);
	}
	assert_null(tasks_find(c.tasks, getpid()));
	tasks_free(c.tasks);
}

static void a_scan_is_corrected_by_what_came_before_its_end(void **state)
{
	struct calls c = calls_new();
	struct event rename = task_event(EVENT_RENAME, 20, A, A, "second", 0);
	struct event again = task_event(EVENT_RENAME, 40, A, A, "third", 0);
	struct event gone = task_event(EVENT_TASK_EXIT, 30, B, B, "short", 0);
	struct row row;
	(void)state;

	snprintf(rename.task.old, sizeof(rename.task.old), "first");
	snprintf(again.task.old, sizeof(again.task.old), "second");
	tasks_put(c.tasks, A, A, "third");	/* what the scan found; B had gone */
	tasks_backfill(c.tasks, &again);
	tasks_backfill(c.tasks, &rename);
	tasks_backfill(c.tasks, &gone);

	apply(&c, enter_event(10, A, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(11, A, "kill", 0), &row));
	assert_string_equal(row.comm, "first");
	apply(&c, rename, &row);
	apply(&c, enter_event(25, B, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(26, B, "kill", 0), &row));
	assert_string_equal(row.comm, "short");
	apply(&c, gone, &row);
	apply(&c, again, &row);
	apply(&c, enter_event(50, A, "kill", 1, 0, 0), &row);
	assert_true(apply(&c, exit_event(51, A, "kill", 0), &row));
	assert_string_equal(row.comm, "third");
	tasks_free(c.tasks);
}

static void a_scan_finds_this_process(void **state)
{
	struct tasks *t = tasks_new();
	char comm[COMM_SIZE];
	(void)state;

	assert_int_equal(proc_comm(getpid(), comm), 0);
	assert_int_equal(tasks_scan(t), 0);
	assert_non_null(tasks_find(t, getpid()));
	assert_string_equal(tasks_find(t, getpid())->comm, comm);
	assert_int_equal(tasks_find(t, getpid())->tgid, getpid());
	tasks_free(t);
}

static void signals_of_a_call_belong_to_it_and_others_are_rows(void **state)
{
	struct calls c = calls_new();
	struct event interrupt = signal_event(3, A, 15, C);
	struct row row;
	(void)state;

	c.wanted = C;
	interrupt.interrupt = true;
	tasks_put(c.tasks, A, A, "sender");
	apply(&c, enter_event(1, A, "kill", 0, 15, 0), &row);
	assert_false(apply(&c, signal_event(2, A, 15, B), &row));
	assert_true(apply(&c, interrupt, &row));	/* a timer that goes off meanwhile */
	assert_null(row.call);
	assert_int_equal(row.pid, 0);
	assert_int_equal(row.target, C);
	assert_false(apply(&c, signal_event(4, A, 15, C), &row));
	assert_true(apply(&c, exit_event(5, A, "kill", 0), &row));
	assert_int_equal(row.ntargets, 2);
	assert_int_equal(row.target, B);
	assert_true(row.wanted);

	assert_true(apply(&c, signal_event(6, A, 11, A), &row));	/* a fault */
	assert_null(row.call);
	assert_int_equal(row.pid, A);
	assert_string_equal(row.comm, "sender");
	assert_false(row.wanted);
	tasks_free(c.tasks);
}

static void a_signal_right_after_a_loss_is_not_blamed_on_the_kernel(void **state)
{
	struct event fault = signal_event(1600, A, SIGSEGV, A);
	struct calls c = calls_new();
	struct row row;
	(void)state;

	apply(&c, lost_event(1000, 5), &row);
	assert_false(apply(&c, signal_event(1500, A, 15, B), &row));
	fault.signal.code = SEGV_MAPERR;	/* nobody can send that */
	assert_true(apply(&c, fault, &row));
	assert_true(apply(&c, signal_event(1000 + 2000000, A, 15, B), &row));
	tasks_free(c.tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_all_cpus_come_in_the_order_of_time),
		cmocka_unit_test(nothing_behind_the_watermark_comes_out),
		cmocka_unit_test(an_event_can_be_taken_back),
		cmocka_unit_test(entry_and_exit_of_a_thread_are_a_row),
		cmocka_unit_test(threads_do_not_mix),
		cmocka_unit_test(the_upper_halves_of_registers_do_not_count),
		cmocka_unit_test(each_call_has_its_signal_and_target_where_the_table_says),
		cmocka_unit_test(halves_are_counted_and_never_paired_wrongly),
		cmocka_unit_test(entries_that_are_left_at_the_end_are_halves_after_a_loss),
		cmocka_unit_test(filtered_entries_leave_no_halves),
		cmocka_unit_test(the_name_is_the_one_at_the_time_of_the_call),
		cmocka_unit_test(a_thread_without_a_known_birth_is_not_taken_for_a_process),
		cmocka_unit_test(a_thread_that_execs_takes_the_number_of_its_leader),
		cmocka_unit_test(a_thread_that_has_exited_is_forgotten_though_it_was_looked_up),
		cmocka_unit_test(a_scan_is_corrected_by_what_came_before_its_end),
		cmocka_unit_test(a_scan_finds_this_process),
		cmocka_unit_test(signals_of_a_call_belong_to_it_and_others_are_rows),
		cmocka_unit_test(a_signal_right_after_a_loss_is_not_blamed_on_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
