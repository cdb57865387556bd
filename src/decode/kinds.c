#include "kinds.h"

typedef bool put_fn(struct walk *, const struct item *);

#define ENTRY(K) [KIND_##K] = put_##K,
static put_fn *const kinds[] = {TABLE_KINDS(ENTRY)};
#undef ENTRY

bool put_kind(struct walk *w, const struct item *it)
{
	return kinds[it->kind](w, it);
}

enum format kind_format(unsigned kind)
{
	switch (kind) {
	case KIND_x8:
	case KIND_x16:
	case KIND_x32:
	case KIND_x64:
	case KIND_xlong:
	case KIND_ptr:
	case KIND_ioctl_nr:
	case KIND_todo:
		return FORMAT_HEX;
	case KIND_oct:
	case KIND_oct16:
		return FORMAT_OCTAL;
	case KIND_fd:
		return FORMAT_FD;
	case KIND_char:
	case KIND_text:
	case KIND_filename:
		return FORMAT_CHAR;
	default:
		return table_types[kind].traits & TYPE_SIGNED ? FORMAT_SIGNED : FORMAT_UNSIGNED;
	}
}

bool kind_is_bytes(unsigned kind)
{
	return kind == KIND_char || kind == KIND_text || kind == KIND_filename || kind == KIND_hex;
}

bool kind_is_set(unsigned kind)
{
	return kind == KIND_sigset || kind == KIND_fdset || kind == KIND_cpuset;
}
