#include "fixture.h"

#include <errno.h>
#include <stdio.h>

struct decode_options decode_opt;
struct text_options text_opt;
int64_t also_value;
size_t reads, bytes_read;

static uint8_t memory[MEMORY_SIZE];

static size_t read_memory(void *ctx, uint64_t addr, void *buf, size_t len)
{
	(void)ctx;
	reads++;
	bytes_read += len;
	if (addr < MEMORY || addr >= MEMORY_END)
		return 0;
	size_t there = MEMORY_END - addr;
	size_t n = len < there ? len : there;
	memcpy(buf, memory + (addr - MEMORY), n);
	return n;
}

static int read_also(void *ctx, enum call_also what, uint64_t *value)
{
	(void)ctx;
	(void)what;
	if (also_value < 0)
		return -ESRCH;
	*value = (uint64_t)also_value;
	return 0;
}

static int netlink_of(void *ctx, int fd, uint64_t *protocol)
{
	(void)ctx;
	if (fd < NETLINK_FD)
		return -ENOTSOCK;
	*protocol = (uint64_t)(fd - NETLINK_FD);
	return 0;
}

const struct target test_target = {.read = read_memory, .also = read_also, .netlink = netlink_of};

int reset(void **state)
{
	(void)state;
	decode_opt = (struct decode_options){.string_limit = LIMIT_UNSET};
	text_opt = (struct text_options){0};
	also_value = -1;
	reads = bytes_read = 0;
	memset(memory, 0, sizeof(memory));
	return 0;
}

void poke(uint64_t addr, const void *bytes, size_t n)
{
	assert_true(addr >= MEMORY && addr <= MEMORY_END && n <= MEMORY_END - addr);
	memcpy(memory + (addr - MEMORY), bytes, n);
}

void poke32(uint64_t addr, uint32_t value)
{
	poke(addr, &value, sizeof(value));
}

void poke64(uint64_t addr, uint64_t value)
{
	poke(addr, &value, sizeof(value));
}

uint64_t poke_text(uint64_t addr, const char *text)
{
	poke(addr, text, strlen(text) + 1);
	return addr;
}

struct call_record record_of(const char *call, const struct args *args)
{
	struct call_record rec = {.call = call ? decode_find_name(call) : NULL, .nr = 999, .word = 8};

	if (call && !rec.call)
		fail_msg("test.def has no call %s", call);
	memcpy(rec.arg, args->arg, sizeof(rec.arg));
	return rec;
}

static const char *keep(char *kept, size_t size, struct text_sink *sink)
{
	assert_false(sink->text.lost);
	snprintf(kept, size, "%s", strbuf_str(&sink->text));
	text_sink_free(sink);
	return kept;
}

#define KEPT 0x80000

static void run_entry(const struct call_record *rec, struct text_sink *sink)
{
	text_sink_init(sink, &text_opt);
	decode_entry(rec, &test_target, &decode_opt, &sink->sink);
}

const char *entry_of(const char *call, const struct args *args)
{
	static char kept[KEPT];
	struct call_record rec = record_of(call, args);
	struct text_sink sink;

	run_entry(&rec, &sink);
	return keep(kept, sizeof(kept), &sink);
}

/* A sink of its own for the exit half: it may know nothing of the entry half but what it is told. */
static const char *run_exit(struct call_record *rec, char *kept, size_t size)
{
	struct text_sink sink;

	text_sink_init(&sink, &text_opt);
	decode_exit(rec, &test_target, &decode_opt, &sink.sink);
	return keep(kept, size, &sink);
}

const char *exit_of(const char *call, const struct args *args, int64_t ret)
{
	static char kept[KEPT];
	struct call_record rec = record_of(call, args);

	rec.ret = ret;
	return run_exit(&rec, kept, sizeof(kept));
}

const char *failed_exit_of(const char *call, const struct args *args, int err)
{
	static char kept[KEPT];
	struct call_record rec = record_of(call, args);

	rec.err = err;
	return run_exit(&rec, kept, sizeof(kept));
}

static const char *join(const char *first, const char *second)
{
	static char line[2 * KEPT];

	snprintf(line, sizeof(line), "%s%s", first, second);
	return line;
}

const char *line_of(const char *call, const struct args *args, int64_t ret)
{
	return join(entry_of(call, args), exit_of(call, args, ret));
}

const char *failed_line_of(const char *call, const struct args *args, int err)
{
	return join(entry_of(call, args), failed_exit_of(call, args, err));
}

const char *value_of(unsigned type, uint64_t value)
{
	static char kept[KEPT];
	struct text_sink sink;

	text_sink_init(&sink, &text_opt);
	decode_value(type, value, NULL, &test_target, &decode_opt, &sink.sink);
	return keep(kept, sizeof(kept), &sink);
}
