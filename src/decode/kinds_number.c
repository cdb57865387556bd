/* Kinds that are numbers, of one radix or another. */
#include <arpa/inet.h>

#include "kinds.h"

static bool put_number(struct walk *w, const struct item *it)
{
	w->sink->ops->number(w->sink, it->name, it->value, kind_format(it->kind), it->width);
	return true;
}

#define NUMBER(K)                                                                                                      \
	bool put_##K(struct walk *w, const struct item *it)                                                            \
	{                                                                                                              \
		return put_number(w, it);                                                                              \
	}

NUMBER(int)
NUMBER(uint)
NUMBER(long)
NUMBER(ulong)
NUMBER(i8)
NUMBER(i16)
NUMBER(i32)
NUMBER(i64)
NUMBER(u8)
NUMBER(u16)
NUMBER(u32)
NUMBER(u64)
NUMBER(x8)
NUMBER(x16)
NUMBER(x32)
NUMBER(x64)
NUMBER(xlong)
NUMBER(oct)
NUMBER(oct16)
NUMBER(size)
NUMBER(ssize)
NUMBER(off)
NUMBER(char)
NUMBER(text)
NUMBER(filename)
NUMBER(fd)
NUMBER(pid)
NUMBER(tid)
NUMBER(pgid)
NUMBER(todo)

uint64_t kind_host_order(unsigned kind, uint64_t value)
{
	return kind == KIND_be16 ? ntohs((uint16_t)value) : kind == KIND_be32 ? ntohl((uint32_t)value) : value;
}

static bool put_swapped(struct walk *w, const struct item *it, uint64_t value)
{
	w->sink->ops->number(w->sink, it->name, value, FORMAT_UNSIGNED, it->width);
	return true;
}

bool put_be16(struct walk *w, const struct item *it)
{
	return put_swapped(w, it, kind_host_order(KIND_be16, it->value));
}

bool put_be32(struct walk *w, const struct item *it)
{
	return put_swapped(w, it, kind_host_order(KIND_be32, it->value));
}

/* All ones is "no change" to calls such as setreuid(2), which say -1 for it. */
static bool put_id(struct walk *w, const struct item *it)
{
	bool none = it->width == 4 && it->value == UINT32_MAX;

	w->sink->ops->number(w->sink, it->name, none ? UINT64_MAX : it->value, none ? FORMAT_SIGNED : FORMAT_UNSIGNED,
			     it->width);
	return true;
}

bool put_uid(struct walk *w, const struct item *it)
{
	return put_id(w, it);
}

bool put_gid(struct walk *w, const struct item *it)
{
	return put_id(w, it);
}

/* The kernel's encoding, new_encode_dev() of linux/kdev_t.h: 12 bits of major inside 20 of minor. */
static bool put_device(struct walk *w, const struct item *it)
{
	uint64_t major = it->value >> 8 & 0xfff, minor = (it->value & 0xff) | (it->value >> 12 & 0xfff00);

	w->sink->ops->open(w->sink, it->name, SHAPE_DEVICE, NULL);
	w->sink->ops->number(w->sink, "major", major, FORMAT_UNSIGNED, 4);
	w->sink->ops->number(w->sink, "minor", minor, FORMAT_UNSIGNED, 4);
	w->sink->ops->close(w->sink, SHAPE_DEVICE);
	return true;
}

bool put_dev(struct walk *w, const struct item *it)
{
	return put_device(w, it);
}

bool put_dev32(struct walk *w, const struct item *it)
{
	return put_device(w, it);
}

bool put_ptr(struct walk *w, const struct item *it)
{
	w->sink->ops->address(w->sink, it->name, it->value);
	return true;
}
