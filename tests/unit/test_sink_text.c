/* The text sink: marks around what can be coloured, and what is behind descriptors. */
#include "fixture.h"

#include <stdio.h>

#define NAME "\002"
#define CONSTANT "\003"
#define STRING "\004"
#define ERROR "\005"
#define END "\001"

static void names_constants_strings_and_errors_are_marked(void **state)
{
	(void)state;
	text_opt.marks = true;
	poke_text(MEMORY, "/etc");
	assert_string_equal(line_of("takes_path", ARGS(MEMORY), 0),
			    NAME "takes_path" END "(" STRING "\"/etc\"" END ") = 0");
	assert_string_equal(line_of("takes_dir", ARGS((uint64_t)-100), 3),
			    NAME "takes_dir" END "(" CONSTANT "AT_FDCWD" END ") = 3");
	assert_string_equal(failed_exit_of("takes_dir", ARGS(3), 2), ERROR "-1 [ENOENT]" END);
}

static void each_flag_is_marked_by_itself_and_its_rest_is_not(void **state)
{
	(void)state;
	text_opt.marks = true;
	const char *marked = line_of("takes_open", ARGS(02 | 0100 | 0x40000000), 0);
	assert_non_null(strstr(marked, CONSTANT "O_RDWR" END "|" CONSTANT "O_CREAT" END "|0x40000000)"));
}

static void an_entry_half_never_ends_in_a_mark(void **state)
{
	static const char *const calls[] = {"takes_path", "takes_dir", "takes_open", "read_like", "pipe_like"};

	(void)state;
	text_opt.marks = true;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const char *entry = entry_of(calls[i], ARGS(1, 2, 3));
		assert_true(entry[strlen(entry) - 1] >= ' ');
	}
}

static void marks_of_the_program_s_own_are_escaped(void **state)
{
	(void)state;
	poke_text(MEMORY, "\001\002\003\004\005\006");
	assert_string_equal(line_of("takes_path", ARGS(MEMORY), 0), "takes_path(\"\\x01\\x02\\x03\\x04\\x05\\x06\") = 0");
}

/* Even descriptors have something behind them. */
static void even(void *ctx, int fd, struct strbuf *text)
{
	(void)ctx;
	if (fd % 2 == 0)
		strbuf_printf(text, "file %d", fd);
}

static void descriptors_are_followed_by_what_is_behind_them(void **state)
{
	(void)state;
	text_opt.descriptor = even;
	poke(MEMORY, (int[]){6, 7}, 8);
	assert_string_equal(line_of("takes_dir", ARGS(4), 0), "takes_dir(4<file 4>) = 0");
	assert_string_equal(line_of("takes_dir", ARGS((uint64_t)-100), 0), "takes_dir(AT_FDCWD<file -100>) = 0");
	assert_string_equal(line_of("pipe_like", ARGS(MEMORY, 0), 0), "pipe_like([6<file 6>, 7], 0) = 0");
	assert_string_equal(failed_exit_of("takes_dir", ARGS(4), 2), "-1 [ENOENT]");
}

static void other_numbers_are_not(void **state)
{
	(void)state;
	text_opt.descriptor = even;
	assert_string_equal(entry_of("ids", ARGS(2, 4, 6, 8, 10, 12)), "ids(2<file 2>, 4, 6, 8, 10, 12) = ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names_constants_strings_and_errors_are_marked, reset),
		cmocka_unit_test_setup(each_flag_is_marked_by_itself_and_its_rest_is_not, reset),
		cmocka_unit_test_setup(an_entry_half_never_ends_in_a_mark, reset),
		cmocka_unit_test_setup(marks_of_the_program_s_own_are_escaped, reset),
		cmocka_unit_test_setup(descriptors_are_followed_by_what_is_behind_them, reset),
		cmocka_unit_test_setup(other_numbers_are_not, reset),
	};

	return cmocka_run_group_tests_name("sink_text", tests, NULL, NULL);
}
