/* Making and reaping instances, on a directory that only looks like tracefs. */
#include "killsnoop_data.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "killsnoop/instance.h"

static int make_root(void **state)
{
	static char root[] = "/tmp/killsnoop-test.XXXXXX";
	char path[256];

	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/instances", root);
	*state = root;
	return mkdir(path, 0700);
}

static int remove_root(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	return system(command);
}

static const char *in(const char *root, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/instances/%s", root, name);
	return path;
}

static void an_instance_is_private_and_goes_away(void **state)
{
	struct instance *inst;
	struct stat st;
	char path[256];

	assert_int_equal(instance_create(*state, &inst), 0);
	snprintf(path, sizeof(path), "%s", instance_path(inst));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(instance_write(inst, "nothing", "1"), -ENOENT);
	assert_int_equal(instance_destroy(inst), 0);
	assert_int_equal(stat(path, &st), -1);
}

static void abandoned_instances_are_removed_and_others_stay(void **state)
{
	struct instance *inst;

	assert_int_equal(mkdir(in(*state, "killsnoop.1"), 0700), 0);
	assert_int_equal(mkdir(in(*state, "killsnoop.22"), 0700), 0);
	assert_int_equal(mkdir(in(*state, "somebody"), 0700), 0);
	assert_int_equal(instance_create(*state, &inst), 0);
	assert_int_equal(instance_reap(*state), 2);
	assert_int_equal(access(in(*state, "killsnoop.1"), F_OK), -1);
	assert_int_equal(access(in(*state, "somebody"), F_OK), 0);
	assert_int_equal(access(instance_path(inst), F_OK), 0);
	assert_int_equal(instance_destroy(inst), 0);
	assert_int_equal(rmdir(in(*state, "somebody")), 0);
}

static void a_name_that_is_taken_is_not_shared(void **state)
{
	struct instance *one, *two;

	assert_int_equal(instance_create(*state, &one), 0);
	assert_int_equal(instance_create(*state, &two), 0);
	assert_string_not_equal(instance_path(one), instance_path(two));
	assert_int_equal(instance_destroy(one), 0);
	assert_int_equal(instance_destroy(two), 0);
}

static void losses_of_each_cpu_are_known(void **state)
{
	struct instance *inst;
	char path[512];
	struct losses losses;
	uint64_t dropped = 0, overwritten = 0;

	assert_int_equal(instance_create(*state, &inst), 0);
	snprintf(path, sizeof(path), "cd %s && mkdir -p per_cpu/cpu0 per_cpu/cpu12 &&"
		 "touch per_cpu/cpu0/trace_pipe_raw per_cpu/cpu12/trace_pipe_raw &&"
		 "printf 'entries: 7\\noverrun: 3\\ncommit overrun: 10\\ndropped events: 100\\n' > per_cpu/cpu0/stats &&"
		 "printf 'entries: 7\\noverrun: 1000\\ncommit overrun: 0\\ndropped events: 0\\n' > per_cpu/cpu12/stats",
		 instance_path(inst));
	assert_int_equal(system(path), 0);
	assert_int_equal(instance_open_cpus(inst), 0);
	assert_int_equal(instance_cpus(inst), 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(instance_lost(inst, i, &losses), 0);
		dropped += losses.dropped;
		overwritten += losses.overwritten;
	}
	assert_int_equal(dropped, 100);
	assert_int_equal(overwritten, 1013);
	snprintf(path, sizeof(path), "rm -r %s/per_cpu", instance_path(inst));
	assert_int_equal(system(path), 0);
	assert_int_equal(instance_destroy(inst), 0);
}

static void no_instances_is_an_error(void **state)
{
	struct instance *inst;
	(void)state;

	assert_int_equal(instance_reap("/nonexistent"), -ENOENT);
	assert_int_equal(instance_create("/nonexistent", &inst), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instance_is_private_and_goes_away),
		cmocka_unit_test(abandoned_instances_are_removed_and_others_stay),
		cmocka_unit_test(a_name_that_is_taken_is_not_shared),
		cmocka_unit_test(losses_of_each_cpu_are_known),
		cmocka_unit_test(no_instances_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
