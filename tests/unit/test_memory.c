/* Memory read through pieces is the memory: this process reads its own, with a hole in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/memory.h"

enum { PAGES = 12, HOLE = 7, ROUNDS = 20000 };

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned char *make_memory(void)
{
	unsigned char *p = mmap(NULL, PAGES * page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	for (size_t i = 0; i < PAGES * page(); i++)
		p[i] = (unsigned char)(i * 2654435761u >> 13);
	assert_int_equal(mprotect(p + HOLE * page(), page(), PROT_NONE), 0);
	return p;
}

/* How many bytes there are from an offset to the hole or the end. */
static size_t there_are(size_t offset, size_t len)
{
	size_t end = offset / page() < HOLE ? HOLE * page() : offset / page() == HOLE ? offset : PAGES * page();

	return end - offset < len ? end - offset : len;
}

static void any_place_and_length_reads_what_is_there(void **state)
{
	static struct memory memory;
	static unsigned char buf[PAGES * 65536];
	unsigned char *p = make_memory();

	(void)state;
	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		size_t offset = (size_t)rand() % (PAGES * page());
		size_t len = (size_t)rand() % (i % 8 ? 100 : (PAGES * page() - offset) + 1);

		if (len > PAGES * page() - offset)
			len = PAGES * page() - offset;
		if (i % 50 == 0)
			memory_forget(&memory);
		size_t n = memory_fetch(&memory, getpid(), (uintptr_t)p + offset, buf, len);
		assert_int_equal(n, there_are(offset, len));
		assert_memory_equal(buf, p + offset, n);
	}
	munmap(p, PAGES * page());
}

static void a_new_stop_sees_what_has_changed(void **state)
{
	static struct memory memory;
	unsigned char *p = make_memory(), byte;

	(void)state;
	p[5] = 1;
	assert_int_equal(memory_fetch(&memory, getpid(), (uintptr_t)p + 5, &byte, 1), 1);
	p[5] = 2;
	memory_forget(&memory);
	assert_int_equal(memory_fetch(&memory, getpid(), (uintptr_t)p + 5, &byte, 1), 1);
	assert_int_equal(byte, 2);
	munmap(p, PAGES * page());
}

static void what_is_gathered_is_not_read_again(void **state)
{
	static struct memory memory;
	unsigned char *p = make_memory(), had;
	uint64_t addrs[6], at = (uintptr_t)p;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		addrs[i] = at + i / 2 * page() + i;	/* two in each of three pages */
	memory_gather(&memory, getpid(), addrs, 6);
	assert_int_equal(memory.n, 3);
	memory_fetch(&memory, getpid(), at + 3 * page(), &had, 1);
	addrs[5] = at + 4 * page();
	memory_gather(&memory, getpid(), addrs, 6);	/* one is no reason to lose another */
	for (unsigned i = 0; i < 5; i++) {
		unsigned char was = p[addrs[i] - at];

		p[addrs[i] - at]++;	/* too late to be seen */
		assert_int_equal(memory_fetch(&memory, getpid(), addrs[i], &had, 1), 1);
		assert_int_equal(had, was);
	}
	munmap(p, PAGES * page());
}

static void what_cannot_be_gathered_is_left(void **state)
{
	static struct memory memory;
	unsigned char *p = make_memory(), byte;
	uint64_t at = (uintptr_t)p, addrs[] = {at, 0, at + HOLE * page(), at + page(), UINT64_MAX, at + 2 * page()};

	(void)state;
	memory_fetch(&memory, getpid(), at + 3 * page(), &byte, 1);
	for (int i = 0; i < 3; i++)
		memory_gather(&memory, getpid(), addrs, 6);
	for (unsigned i = 0; i < 6; i++) {
		bool there = i == 0 || i == 3 || i == 5;

		assert_int_equal(memory_fetch(&memory, getpid(), addrs[i], &byte, 1), there);
		if (there)
			assert_int_equal(byte, p[addrs[i] - at]);
	}
	memory_gather(&memory, getpid(), addrs, 0);
	memory_gather(&memory, -1, addrs, 6);
	munmap(p, PAGES * page());
}

static void the_ends_of_the_address_space_are_harmless(void **state)
{
	static struct memory memory;
	unsigned char buf[64];

	(void)state;
	assert_int_equal(memory_fetch(&memory, getpid(), 0, buf, sizeof(buf)), 0);
	assert_int_equal(memory_fetch(&memory, getpid(), UINT64_MAX, buf, 1), 0);
	assert_int_equal(memory_fetch(&memory, getpid(), UINT64_MAX - 10, buf, sizeof(buf)), 0);
	assert_int_equal(memory_fetch(&memory, getpid(), (uintptr_t)buf, buf, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_place_and_length_reads_what_is_there),
		cmocka_unit_test(a_new_stop_sees_what_has_changed),
		cmocka_unit_test(what_is_gathered_is_not_read_again),
		cmocka_unit_test(what_cannot_be_gathered_is_left),
		cmocka_unit_test(the_ends_of_the_address_space_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
