/*
 * The shape of the tables that the generator makes from syscalls.def.
 *
 * The tables are constant data without pointers: names are byte offsets into
 * table_strings, everything else refers to its target by index.  Index 0 of
 * table_code means "no expression"; a switch is referred to by index + 1, so
 * that 0 means "none".  All arrays are defined in the generated tables.c;
 * the generated names.h holds the indexes that C code may use by name.
 */
#ifndef DECODE_TABLES_H
#define DECODE_TABLES_H

#include <stdint.h>

/* One named value of a set.  A value v has it when (v & mask) == value. */
struct xlat {
	uint64_t mask;	/* enum: all ones; flag: equal to value; field: the mask of the field */
	uint64_t value;
	uint32_t name;
};

enum type_class {
	TYPE_KIND,	/* printed by the C function of that name, see kinds.h */
	TYPE_ENUM,
	TYPE_FLAGS,
	TYPE_STRUCT,
	TYPE_BITS,	/* bit-fields of a scalar */
};

enum type_trait {
	TYPE_SIGNED = 1,	/* the storage is a signed integer */
	TYPE_POINTER = 2,	/* the storage is an address (path, string, ptr) */
	TYPE_MEMORY = 4,	/* no storage of its own: lives in memory, size given by its use (sigset) */
	TYPE_UNNAMED = 8,	/* struct whose field names are shown under -V only (timespec) */
	TYPE_OUTS = 16,		/* struct: it has `out` fields, or one that it holds or points to has */
};

#define LIMIT_DEFAULT 0xffff	/* the limit of other arrays holds */

struct type {
	uint32_t name;
	uint8_t cls;		/* enum type_class */
	uint8_t traits;		/* enum type_trait */
	uint16_t kind;		/* index of the kind itself; enum and flags: of the kind that prints what
				   no name covers; bits: of the storage */
	uint16_t width;		/* bytes in memory; 0: TYPE_MEMORY */
	uint16_t first, count;	/* enum, flags: in table_xlats; struct, bits: in table_members */
	uint16_t stride;	/* struct: expression, bytes from one record to the next; 0: width */
	uint16_t limit[2];	/* elements of an array of it shown without -v and with it */
};

enum member_dir {
	DIR_IN = 1,
	DIR_OUT = 2,
};

enum member_how {
	HOW_ARRAY = 1,		/* `count` elements, or to NULL, or to the end of `sized` */
	HOW_INDIRECT = 2,	/* the array is behind a pointer: parameter T a[n], field T (*a)[n] */
	HOW_SWITCH = 4,		/* not a field: `type` is an index into table_switches */
};

/* A parameter of a call, a field of a struct, or a bit-field. */
struct member {
	uint32_t name;
	uint16_t type;		/* of the element, in table_types */
	uint16_t off;		/* parameter: register 0..5; field: byte; bit-field: bit */
	uint16_t width;		/* in place, bytes; bit-field: bits; array in place: of one element */
	uint16_t count;		/* expression: number of elements; 0: none given */
	uint16_t sized;		/* expression: bytes; 0: none given */
	uint16_t cond;		/* expression of `if`; 0: always there */
	uint16_t when;		/* `out` parameter: expression, whether the call wrote it; 0: when it succeeded */
	uint8_t dir;		/* enum member_dir; field without a direction of its own: 0 */
	uint8_t show;		/* the number of -v that reveal it: 0, 1, 2 */
	uint8_t how;		/* enum member_how */
	uint8_t stars;		/* pointers in front of the element: 1 for T *p */
};

/* The parameters of a call, or of one case of a switch; in a struct, the fields of a case. */
struct sig {
	uint16_t ret;		/* type of the result; unused in a struct */
	uint16_t first, count;	/* in table_members */
	uint16_t sw;		/* the switch that chooses what follows, + 1; 0: none */
};

struct swtch {
	uint16_t key;		/* expression */
	uint16_t first, count;	/* in table_cases, ascending by value */
	uint16_t other;		/* signature of `default`, in table_sigs */
};

struct swcase {
	uint64_t value;
	uint16_t sig;
};

enum call_class {
	CALL_NORMAL,
	CALL_NORETURN,		/* exit */
	CALL_EXEC,		/* no result unless it fails */
	CALL_SIGRETURN,
	CALL_FORK,		/* makes a process or thread */
	CALL_RESTART,		/* restart_syscall: goes on with another call */
};

enum call_also {
	ALSO_NOTHING,
	ALSO_PPID,		/* the result comes with a second value, from /proc/PID/status */
	ALSO_EUID,
	ALSO_EGID,
};

#define NO_PARAM 0xff

struct call {
	uint32_t name;
	uint32_t event;		/* name of its tracefs events, without sys_enter_ */
	uint32_t classes;	/* the filter classes it belongs to, 1 << FILTER_x of names.h */
	uint16_t nr;
	uint16_t sig;
	uint8_t cls;		/* enum call_class */
	uint8_t also;		/* enum call_also */
	uint8_t sends, to;	/* parameters that hold the signal it sends and the target; NO_PARAM: none */
	uint8_t affinity;	/* 1: it shows or depends on which CPUs a thread may use, or on who may change that */
	uint8_t seccomp;	/* 1: it can put a filter of seccomp(2) on its thread, or on all of its process */
	uint8_t keeps;		/* parameter that points to an int wanted later as it was at the entry; NO_PARAM: none */
	uint16_t keeps_at;	/* and how many bytes behind that address it is: a field */
	uint8_t given, filled;	/* parameters that point to what the entry half shows, and the exit half: 1 << register */
	uint8_t late;		/* 1: all it is given are names of files, and all it fills in are structs, see decode_late */
};

/*
 * Postfix expressions over a stack of 64-bit signed integers.  An operand
 * follows its opcode in table_code.
 */
enum opcode {
	OP_END,
	OP_CONST,	/* operand: index into table_consts */
	OP_MEMBER,	/* operand: index into table_members: a register, or a field of this struct */
	OP_DEREF,	/* operand: like OP_MEMBER; the value its pointer points to */
	OP_ENTRY,	/* that, or a field itself, as it was when the call was entered; as it is when nobody kept it */
	OP_FIELD,	/* operands: like OP_MEMBER, a pointer to a struct; and the field of that struct */
	OP_RET,		/* result of the call */
	OP_ERR,		/* its positive errno, 0 when it succeeded */
	OP_SIZEOF,	/* bytes of this struct: as given by its use, else of its definition */
	OP_NETLINK,	/* protocol of the netlink socket in the first register; unknown: no such socket */
	OP_RETURNED,	/* 1 when the call has returned, 0 at its entry */
	OP_NEG, OP_NOT, OP_COMPL,
	OP_MUL, OP_DIV, OP_MOD, OP_ADD, OP_SUB, OP_SHL, OP_SHR,
	OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE,
	OP_AND, OP_XOR, OP_OR, OP_ANDAND, OP_OROR,
	OP_COND,	/* a ? b : c, all three evaluated */
};

extern const char table_strings[];
extern const struct xlat table_xlats[];
extern const struct type table_types[];
extern const struct member table_members[];
extern const struct sig table_sigs[];
extern const struct swtch table_switches[];
extern const struct swcase table_cases[];
extern const struct call table_calls[];
extern const uint16_t table_code[];
extern const uint64_t table_consts[];
extern const uint16_t table_call_of[];	/* by number: index into table_calls + 1; 0: no such call */

/* Number of elements of the arrays above. */
extern const uint32_t table_ntypes, table_ncalls, table_nmembers, table_nrs, table_nswitches;

static inline const char *table_name(uint32_t offset)
{
	return table_strings + offset;
}

#endif
