/*
 * A sink receives what the decoder finds in one call, as a flat sequence of
 * events.  It decides how that looks: names, separators, brackets, escapes.
 * The text sink writes a line of trace(1); others write other formats from
 * the same walk.
 *
 *	entry half = call { value } ( split | params_end | noresult ) .
 *	exit half  = resume [ { value } params_end ] ( value | error | result_fault ) [ value ] [ extra ] .
 *	value      = a value event | open { value } [ more ] close .
 *
 * The exit half has parameters only where the entry half ended with split.
 * A value right after the result is the one parameter that the call changed;
 * several of them, and other things that belong to the result, come inside
 * of SHAPE_EXTRA.
 *
 * Every value event carries the name of the parameter or field it belongs
 * to, or NULL for an element of an array or a result.  Strings passed to an
 * event belong to the caller and are valid for that event only.
 */
#ifndef DECODE_SINK_H
#define DECODE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shape {
	SHAPE_STRUCT,	/* {a=1, b=2} */
	SHAPE_UNNAMED,	/* {1, 2}; under -V {a=1, b=2} */
	SHAPE_ARRAY,	/* [1, 2] */
	SHAPE_POINTEE,	/* {1}: what a pointer to a scalar points to */
	SHAPE_SET,	/* [1 2] */
	SHAPE_NOTSET,	/* ~[1 2]: all but these */
	SHAPE_DEVICE,	/* <1,2> */
	SHAPE_CALL,	/* NAME(1, 2): label given */
	SHAPE_UNION,	/* A|B: alternatives that hold together (wait status with its core flag) */
	SHAPE_EXTRA,	/* " (a=1, b=2)" after the result */
};

enum format {
	FORMAT_SIGNED,
	FORMAT_UNSIGNED,
	FORMAT_HEX,
	FORMAT_OCTAL,
	FORMAT_FD,	/* signed, and a descriptor of the traced process */
	FORMAT_CHAR,
};

enum more {
	MORE_HIDDEN,	/* `..`: fields hidden at this verbosity */
	MORE_ELEMENTS,	/* `..(+N)`: N elements left out */
	MORE_FAULT,	/* `..(?)`: the rest cannot be read */
};

enum string_form {
	STRING_TEXT,
	STRING_PATH,	/* text that names a file */
	STRING_HEX,	/* opaque bytes: every one of them as \xHH */
};

enum string_end {
	STRING_WHOLE,
	STRING_CUT,	/* `"abc"..`: it goes on */
	STRING_FAULT,	/* `"abc"..(?)`: the rest cannot be read */
};

enum resume {
	RESUME_PARAMS,		/* split */
	RESUME_RESULT,		/* params_end */
	RESUME_NORESULT,	/* noresult: and now there is one, the call failed */
};

struct sink;

struct sink_ops {
	void (*call)(struct sink *, const char *name);	/* the call begins */
	void (*split)(struct sink *);	/* the entry half ends here, with parameters still to come */
	void (*params_end)(struct sink *);	/* the last parameter is out: a result will follow */
	void (*noresult)(struct sink *);	/* the last parameter is out: none will */
	void (*resume)(struct sink *, enum resume);	/* the exit half begins; what the entry half ended with */
	void (*error)(struct sink *, int err, const char *name);	/* the result is -1; name may be NULL */
	void (*result_fault)(struct sink *);	/* the result is not known */

	void (*open)(struct sink *, const char *name, enum shape, const char *label);
	void (*close)(struct sink *, enum shape);
	void (*more)(struct sink *, enum more, uint64_t count);	/* at the end of an open shape */

	void (*number)(struct sink *, const char *name, uint64_t value, enum format, unsigned width);
	void (*constant)(struct sink *, const char *name, uint64_t value, enum format, unsigned width,
			 const char *constant);
	/*
	 * n names in table order (for the value 0 its name, if it has one), and the bits that no name covers
	 */
	void (*flags)(struct sink *, const char *name, uint64_t value, enum format, unsigned width,
		      const char *const *names, size_t n, uint64_t rest);
	/* A string comes in pieces of any size, so that nobody has to hold a long one */
	void (*string_open)(struct sink *, const char *name, enum string_form);
	void (*string_bytes)(struct sink *, const char *bytes, size_t n);
	void (*string_close)(struct sink *, enum string_end);
	void (*address)(struct sink *, const char *name, uint64_t addr);	/* 0: NULL */
	/* An address where something was to be shown that cannot be read */
	void (*fault)(struct sink *, const char *name, uint64_t addr);
	/*
	 * A token of its own syntax (an IPv4 address, _IOW('T',23,8)).  value: what it stands for; width 0:
	 * it is not the name of a number.
	 */
	void (*token)(struct sink *, const char *name, const char *token, uint64_t value, enum format,
		      unsigned width);
	void (*unknown)(struct sink *, const char *name);	/* `&..`: passed by value, no address to show */
};

struct sink {
	const struct sink_ops *ops;
};

#endif
