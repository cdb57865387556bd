#include "expr.h"

#define STACK 32

/* A value on the stack; one that cannot be known spoils only what really depends on it. */
struct slot {
	int64_t v;
	bool known;
};

static bool load_member(const struct walk *w, struct scope *s, const struct member *m, uint64_t *value)
{
	switch (s->what) {
	case SCOPE_CALL:
		*value = walk_arg(w, m);
		return true;
	case SCOPE_BITS:
		*value = bit_field(s->base, m);
		return true;
	case SCOPE_STRUCT:
		break;
	}
	if (s->sized && (uint64_t)m->off + m->width > s->size)
		return false;
	if (!window_load(w, &s->window, s->base + m->off, m->width, value))
		return false;
	*value = extend(*value, m->width * 8U, member_signed(m));
	return true;
}

/* What the pointer in the member points to. */
static bool load_pointee(const struct walk *w, struct scope *s, const struct member *m, uint64_t *value)
{
	const struct type *t = &table_types[m->type];
	unsigned width = m->stars > 1 ? w->word : t->width;
	uint64_t addr;
	struct window window;

	if (!load_member(w, s, m, &addr) || addr == 0)
		return false;
	window_init(&window, addr, addr + width);
	if (!window_load(w, &window, addr, width, value))
		return false;
	*value = extend(*value, width * 8, m->stars <= 1 && t->traits & TYPE_SIGNED);
	return true;
}

/* A field of the struct that the pointer in the member points to. */
static bool load_field(const struct walk *w, struct scope *s, const struct member *m, const struct member *field,
		       uint64_t *value)
{
	struct window window;
	uint64_t addr;

	if (!load_member(w, s, m, &addr) || addr == 0)
		return false;
	window_init(&window, addr + field->off, addr + field->off + field->width);
	if (!window_load(w, &window, addr + field->off, field->width, value))
		return false;
	*value = extend(*value, field->width * 8U, member_signed(field));
	return true;
}

static struct slot load(const struct walk *w, struct scope *s, enum opcode op, const uint16_t *operands)
{
	struct slot r = {0, false};
	uint64_t value = 0;

	switch (op) {
	case OP_MEMBER:
		r.known = load_member(w, s, &table_members[operands[0]], &value);
		break;
	case OP_DEREF:
		r.known = load_pointee(w, s, &table_members[operands[0]], &value);
		break;
	case OP_ENTRY:
		if (w->rec && w->rec->is_kept) {
			value = (uint64_t)w->rec->kept;
			r.known = true;
		} else if (s->what == SCOPE_STRUCT) {
			r.known = load_member(w, s, &table_members[operands[0]], &value);
		} else {
			r.known = load_pointee(w, s, &table_members[operands[0]], &value);
		}
		break;
	case OP_FIELD:
		r.known = load_field(w, s, &table_members[operands[0]], &table_members[operands[1]], &value);
		break;
	case OP_ERR:
		value = w->rec ? (uint64_t)w->rec->err : 0;
		r.known = w->returned;
		break;
	case OP_RET:
		value = w->rec ? (uint64_t)w->rec->ret : 0;
		r.known = w->ret_known;
		break;
	case OP_SIZEOF:
		value = s->size;
		r.known = s->what == SCOPE_STRUCT;
		break;
	case OP_NETLINK:
		r.known = w->rec && w->target && w->target->netlink &&
			  w->target->netlink(w->target->ctx, (int)w->rec->arg[0], &value) == 0;
		break;
	case OP_RETURNED:
		value = w->returned;
		r.known = true;
		break;
	default:
		break;
	}
	r.v = (int64_t)value;
	return r;
}

static unsigned operands_of(enum opcode op)
{
	switch (op) {
	case OP_FIELD:
		return 2;
	case OP_MEMBER:
	case OP_DEREF:
	case OP_ENTRY:
		return 1;
	default:
		return 0;
	}
}

static struct slot unary(enum opcode op, struct slot a)
{
	switch (op) {
	case OP_NEG:
		a.v = (int64_t)(0 - (uint64_t)a.v);
		break;
	case OP_NOT:
		a.v = !a.v;
		break;
	default:
		a.v = ~a.v;
		break;
	}
	return a;
}

/* Division and shifts, which C leaves undefined for some operands. */
static struct slot delicate(enum opcode op, int64_t a, int64_t b)
{
	struct slot r = {0, true};

	switch (op) {
	case OP_DIV:
		r.known = b != 0;
		r.v = b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
		break;
	case OP_MOD:
		r.known = b != 0;
		r.v = b == 0 || b == -1 ? 0 : a % b;
		break;
	case OP_SHL:
		r.known = b >= 0;
		r.v = b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
		break;
	default:
		r.known = b >= 0;
		r.v = b < 0 ? 0 : b > 63 ? (a < 0 ? -1 : 0) : a >> b;
		break;
	}
	return r;
}

static int64_t compare(enum opcode op, int64_t a, int64_t b)
{
	switch (op) {
	case OP_LT:
		return a < b;
	case OP_LE:
		return a <= b;
	case OP_GT:
		return a > b;
	case OP_GE:
		return a >= b;
	case OP_EQ:
		return a == b;
	default:
		return a != b;
	}
}

static int64_t arithmetic(enum opcode op, uint64_t a, uint64_t b)
{
	switch (op) {
	case OP_MUL:
		return (int64_t)(a * b);
	case OP_ADD:
		return (int64_t)(a + b);
	case OP_SUB:
		return (int64_t)(a - b);
	case OP_AND:
		return (int64_t)(a & b);
	case OP_XOR:
		return (int64_t)(a ^ b);
	default:
		return (int64_t)(a | b);
	}
}

static struct slot binary(enum opcode op, struct slot a, struct slot b)
{
	struct slot r = {0, a.known && b.known};

	switch (op) {
	case OP_ANDAND:
		r.v = a.v && b.v;
		if ((a.known && !a.v) || (b.known && !b.v))
			r = (struct slot){0, true};
		return r;
	case OP_OROR:
		r.v = a.v || b.v;
		if ((a.known && a.v) || (b.known && b.v))
			r = (struct slot){1, true};
		return r;
	case OP_DIV:
	case OP_MOD:
	case OP_SHL:
	case OP_SHR:
		return r.known ? delicate(op, a.v, b.v) : r;
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
	case OP_EQ:
	case OP_NE:
		r.v = compare(op, a.v, b.v);
		return r;
	default:
		r.v = arithmetic(op, (uint64_t)a.v, (uint64_t)b.v);
		return r;
	}
}

bool expr_eval(const struct walk *w, struct scope *s, unsigned code, int64_t *value)
{
	struct slot stack[STACK];
	unsigned n = 0;

	for (;;) {
		enum opcode op = table_code[code++];
		unsigned takes = op <= OP_RETURNED ? 0 : op == OP_COND ? 3 : op >= OP_MUL ? 2 : 1;

		if (op == OP_END)
			break;
		if (n < takes || n - takes >= STACK)
			return false;
		n -= takes;
		struct slot *top = &stack[n++];
		if (op == OP_CONST) {
			*top = (struct slot){(int64_t)table_consts[table_code[code++]], true};
		} else if (op <= OP_RETURNED) {
			*top = load(w, s, op, &table_code[code]);
			code += operands_of(op);
		} else if (op == OP_COND) {
			*top = top[0].known ? (top[0].v ? top[1] : top[2]) : (struct slot){0, false};
		} else {
			*top = takes == 1 ? unary(op, top[0]) : binary(op, top[0], top[1]);
		}
	}
	if (n != 1 || !stack[0].known)
		return false;
	*value = stack[0].v;
	return true;
}

bool expr_size(const struct walk *w, struct scope *s, unsigned code, uint64_t *value)
{
	int64_t v;

	if (!expr_eval(w, s, code, &v) || v < 0)
		return false;
	*value = (uint64_t)v;
	return true;
}
