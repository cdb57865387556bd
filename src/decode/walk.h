/*
 * One walk over the values of a call: what the files of the decoder share.
 * Nothing outside of src/decode includes this.
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "decode.h"

#define WALK_DEPTH 8		/* structs, arrays and pointers inside each other */
#define WALK_WORK 65536		/* values shown for a call, about; long strings count more */
#define SIZE_NONE UINT64_MAX	/* a size or a budget that nobody gave */

/* Which fields of a struct are shown now. */
enum pass {
	PASS_IN,	/* what the call was given */
	PASS_OUT,	/* all of what the call filled in */
	PASS_AGAIN,	/* what the call changed in a struct that was shown before */
};

struct walk {
	const struct call_record *rec;	/* NULL: a value outside of a call */
	const struct target *target;
	const struct decode_options *opt;
	struct sink *sink;
	enum pass pass;
	bool returned;		/* the call has returned, or failed, and which of them is known */
	bool ret_known;		/* the call has returned and did not fail */
	unsigned word;		/* bytes of a pointer */
	unsigned depth;
	unsigned work;		/* spent, of WALK_WORK */
	uint64_t budget;	/* bytes that the buffers of this array's elements may show, or SIZE_NONE */
};

/* A piece of the program's memory that is read ahead, up to `end`. */
struct window {
	uint64_t from, end;
	size_t tried, got;	/* bytes asked for at `from`, and had */
	uint8_t bytes[256];
};

/* Where the names of an expression are looked up: the parameters of a call, or the fields of a struct. */
struct scope {
	enum {
		SCOPE_CALL,
		SCOPE_STRUCT,
		SCOPE_BITS,
	} what;
	uint64_t base;	/* struct: its address; bits: their value */
	uint64_t size;	/* struct: bytes that are there */
	bool sized;	/* size was given by the use of the struct: nothing is beyond it */
	struct window window;
};

void walk_init(struct walk *, const struct call_record *, const struct target *, const struct decode_options *,
	       struct sink *);

/* All reads of the program's memory go through here.  Returns how many leading bytes could be read. */
size_t walk_read(const struct walk *, uint64_t addr, void *buf, size_t len);

/* Counts n values; false when the call has had its share. */
static inline bool walk_spend(struct walk *w, unsigned n)
{
	if (w->work >= WALK_WORK)
		return false;
	w->work += n < WALK_WORK ? n : WALK_WORK;
	return true;
}

void window_init(struct window *, uint64_t from, uint64_t end);

/* All of the bytes, or false. */
bool window_read(const struct walk *, struct window *, uint64_t addr, void *buf, size_t len);

/* An integer of 1, 2, 4 or 8 bytes; other widths fail. */
bool window_load(const struct walk *, struct window *, uint64_t addr, unsigned width, uint64_t *value);

/* The lowest `bits` of a value, sign-extended when it is signed. */
static inline uint64_t extend(uint64_t value, unsigned bits, bool is_signed)
{
	if (bits == 0 || bits >= 64)
		return value;
	uint64_t mask = (UINT64_C(1) << bits) - 1;
	value &= mask;
	if (is_signed && value >> (bits - 1))
		value |= ~mask;
	return value;
}

/* A bit-field of a scalar.  Plain numbers are signed as in C; a set of names has no use for a sign. */
uint64_t bit_field(uint64_t storage, const struct member *);

/* A register of the call, as wide as the parameter. */
uint64_t walk_arg(const struct walk *, const struct member *);

/* Is the in-place value of the member a signed integer? */
static inline bool member_signed(const struct member *m)
{
	return !m->stars && !(m->how & HOW_ARRAY) && table_types[m->type].traits & TYPE_SIGNED;
}

/* Is it the address of something that is shown? */
static inline bool member_pointer(const struct member *m)
{
	return m->how & HOW_INDIRECT || (m->stars && !(m->how & HOW_ARRAY)) ||
	       (!(m->how & HOW_ARRAY) && table_types[m->type].traits & TYPE_POINTER);
}

/* The case that a switch takes; an unknown key takes the default. */
const struct sig *choose(const struct walk *, struct scope *, const struct swtch *);

/*
 * Values.  Those that return bool are false when the memory could not be
 * read at all, and then have shown nothing.
 */
void show_scalar(struct walk *, const char *name, unsigned type, uint64_t value, unsigned width);

/* Something that lives in memory (struct, sigset, ..); size: SIZE_NONE or what its use says. */
bool show_memory(struct walk *, const char *name, unsigned type, uint64_t addr, uint64_t size);

/* A pointer with that many stars, and what it points to. */
void show_pointer(struct walk *, const char *name, unsigned type, unsigned stars, uint64_t addr, uint64_t size);

/* A member whose in-place value is this: a parameter, or a field that is no struct and no array in place. */
void show_slot(struct walk *, struct scope *, const struct member *, uint64_t value);

/* An array: behind a pointer (addr is its value) or in place. */
bool show_array(struct walk *, struct scope *, const struct member *, uint64_t addr);

void scope_init(struct scope *, const struct type *, uint64_t addr, uint64_t size);

/* Can at least the first byte be read, or is there none to be read? */
bool scope_readable(const struct walk *, struct scope *);

/* Does a value of this type live in memory, as opposed to a register? */
static inline bool lives_in_memory(const struct type *t)
{
	return t->cls == TYPE_STRUCT || t->traits & TYPE_MEMORY || t->width > 8;
}

enum string_kind {
	STRING_BYTES,	/* n bytes */
	STRING_TO_NUL,	/* at most n bytes, up to the first NUL */
};

/* n bytes of memory as a string, with the limit of strings. */
bool show_string(struct walk *, const char *name, uint64_t addr, uint64_t n, enum string_kind, enum string_form);

/* A path: as far as the kernel itself would read it. */
bool show_path(struct walk *, const char *name, uint64_t addr, uint64_t n);

/* The address of something that was to be shown and was not: unreadable, or without a form. */
void show_unshown(const struct walk *, const char *name, uint64_t addr);

/* How many -v it counts as when it comes to the fields of structs. */
static inline unsigned field_level(const struct walk *w)
{
	return w->opt->all_fields ? 2 : w->opt->verbose;
}

/* How many elements of an array of the type are shown. */
uint64_t array_limit(const struct walk *, const struct type *);

/*
 * The `out` pointers inside a struct that the call was given: how many there
 * are, or all of them shown.
 */
enum outs {
	OUTS_COUNT,
	OUTS_SHOW,
};
unsigned show_outs(struct walk *, unsigned type, uint64_t addr, uint64_t size, enum outs);

#endif
