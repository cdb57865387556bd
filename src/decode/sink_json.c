#include "sink_json.h"

#include <stdio.h>

#include "../util/json.h"

static struct json_sink *json_of(struct sink *sink)
{
	return (struct json_sink *)sink;
}

/* Does what comes next have a name?  The walker's depth stays far below 64. */
static bool in_object(const struct json_sink *j)
{
	if (j->depth == 0)
		return j->place != JSON_BARE;
	return j->objects >> (j->depth - 1 < 63 ? j->depth - 1 : 63) & 1;
}

static void push(struct json_sink *j, bool object)
{
	uint64_t bit = UINT64_C(1) << (j->depth < 63 ? j->depth : 63);

	j->objects = object ? j->objects | bit : j->objects & ~bit;
	j->depth++;
}

/* Parameters that were written beside the result are members of an object of their own. */
static void open_out(struct json_sink *j)
{
	if (!j->out_open)
		json_open(&j->text, "out", '{');
	j->out_open = true;
}

/* The key of the value that comes next. */
static void begin(struct json_sink *j, const char *name)
{
	char made_up[16];

	if (j->depth == 0 && j->place == JSON_RESULT) {
		j->place = JSON_BESIDE;
		name = "result";
	} else if (j->depth == 0 && j->place == JSON_BESIDE) {
		open_out(j);
	}
	if (in_object(j) && !name) {	/* the registers of a call that nobody knows */
		snprintf(made_up, sizeof(made_up), "arg%u", j->unnamed++);
		name = made_up;
	}
	json_key(&j->text, in_object(j) || j->depth == 0 ? name : NULL);
}

static void at(struct json_sink *j, enum json_place place)
{
	j->place = place;
	j->depth = 0;
	j->unnamed = 0;
	j->out_open = false;
}

static void json_sink_call(struct sink *sink, const char *name)
{
	struct json_sink *j = json_of(sink);

	at(j, JSON_ARGS);
	j->exit_half = false;
	json_text(&j->text, "name", name);
	json_open(&j->text, "args", '{');
}

static void json_sink_split(struct sink *sink)
{
	(void)sink;
}

/* The parameters are complete: the exit half says it when it shows some, otherwise it closes them as it begins. */
static void json_sink_params_end(struct sink *sink)
{
	struct json_sink *j = json_of(sink);

	if (!j->exit_half)
		return;
	json_close(&j->text, '}');
	at(j, JSON_RESULT);
}

static void json_sink_noresult(struct sink *sink)
{
	(void)sink;
}

static void json_sink_resume(struct sink *sink, enum resume what)
{
	struct json_sink *j = json_of(sink);

	j->exit_half = true;
	if (what == RESUME_PARAMS) {
		at(j, JSON_ARGS);
		return;
	}
	json_close(&j->text, '}');
	at(j, JSON_RESULT);
}

static void json_sink_error(struct sink *sink, int err, const char *name)
{
	struct json_sink *j = json_of(sink);

	begin(j, NULL);
	json_int(&j->text, NULL, -1);
	json_constant(&j->text, "errno", name, (struct json_number){true, (uint64_t)err});
}

static void put_unknown(struct json_sink *j, const char *name)
{
	begin(j, name);
	json_open(&j->text, NULL, '{');
	json_true(&j->text, "unknown");
	json_close(&j->text, '}');
}

static void json_sink_result_fault(struct sink *sink)
{
	put_unknown(json_of(sink), NULL);
}

static bool is_object(enum shape shape)
{
	return shape == SHAPE_STRUCT || shape == SHAPE_UNNAMED || shape == SHAPE_DEVICE || shape == SHAPE_EXTRA;
}

/* What stands before the elements of an array that is more than that. */
static void open_labelled(struct json_sink *j, enum shape shape, const char *label)
{
	static const char *const keys[] = {[SHAPE_NOTSET] = "not", [SHAPE_CALL] = "args", [SHAPE_UNION] = "parts"};

	json_open(&j->text, NULL, '{');
	if (label)
		json_text(&j->text, "name", label);
	json_open(&j->text, keys[shape], '[');
}

static void json_sink_open(struct sink *sink, const char *name, enum shape shape, const char *label)
{
	struct json_sink *j = json_of(sink);

	if (shape == SHAPE_EXTRA)
		open_out(j);
	else
		begin(j, name);
	switch (shape) {
	case SHAPE_EXTRA:
	case SHAPE_POINTEE:	/* what it points to stands for the pointer, as with structs */
		break;
	case SHAPE_STRUCT:
	case SHAPE_UNNAMED:
	case SHAPE_DEVICE:
		json_open(&j->text, NULL, '{');
		break;
	case SHAPE_ARRAY:
	case SHAPE_SET:
		json_open(&j->text, NULL, '[');
		break;
	case SHAPE_NOTSET:
	case SHAPE_CALL:
	case SHAPE_UNION:
		open_labelled(j, shape, label);
		break;
	}
	push(j, is_object(shape));
}

static void json_sink_close(struct sink *sink, enum shape shape)
{
	struct json_sink *j = json_of(sink);

	j->depth--;
	switch (shape) {
	case SHAPE_EXTRA:
	case SHAPE_POINTEE:
		break;
	case SHAPE_STRUCT:
	case SHAPE_UNNAMED:
	case SHAPE_DEVICE:
		json_close(&j->text, '}');
		break;
	case SHAPE_ARRAY:
	case SHAPE_SET:
		json_close(&j->text, ']');
		break;
	case SHAPE_NOTSET:
	case SHAPE_CALL:
	case SHAPE_UNION:
		strbuf_puts(&j->text, "]}");
		break;
	}
}

/* A member of an object; of an array, an object of its own as the last element. */
static void json_sink_more(struct sink *sink, enum more what, uint64_t count)
{
	struct json_sink *j = json_of(sink);
	bool element = !in_object(j);

	if (element)
		json_open(&j->text, NULL, '{');
	if (what == MORE_ELEMENTS)
		json_uint(&j->text, "more", count);
	else
		json_text(&j->text, "more", what == MORE_FAULT ? "fault" : "limit");
	if (element)
		json_close(&j->text, '}');
}

static struct json_number number_of(uint64_t value, enum format format, unsigned width)
{
	bool is_signed = format == FORMAT_SIGNED || format == FORMAT_FD;

	if (!is_signed && width != 0 && width < 8)
		value &= (UINT64_C(1) << width * 8) - 1;
	return (struct json_number){is_signed, value};
}

/* Is something known to be behind it?  Then it is in `bytes`. */
static bool find_descriptor(struct json_sink *j, uint64_t value, enum format format)
{
	if (format != FORMAT_FD || !j->descriptor)
		return false;
	strbuf_clear(&j->bytes);
	j->descriptor(j->ctx, (int)value, &j->bytes);
	return j->bytes.len > 0;
}

/* {"name":constant,"value":number,"path":what is behind it} */
static void put_descriptor(struct json_sink *j, const char *constant, struct json_number number)
{
	json_open(&j->text, NULL, '{');
	if (constant)
		json_text(&j->text, "name", constant);
	json_number(&j->text, "value", number);
	json_string(&j->text, "path", strbuf_str(&j->bytes), j->bytes.len, JSON_WHOLE);
	json_close(&j->text, '}');
	j->text.lost |= j->bytes.lost;
}

static void json_sink_number(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width)
{
	struct json_sink *j = json_of(sink);
	char c = (char)value;

	begin(j, name);
	if (format == FORMAT_CHAR)
		json_string(&j->text, NULL, &c, 1, JSON_WHOLE);
	else if (find_descriptor(j, value, format))
		put_descriptor(j, NULL, number_of(value, format, width));
	else
		json_number(&j->text, NULL, number_of(value, format, width));
}

static void json_sink_constant(struct sink *sink, const char *name, uint64_t value, enum format format,
			       unsigned width, const char *constant)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	if (find_descriptor(j, value, format))
		put_descriptor(j, constant, number_of(value, format, width));
	else
		json_constant(&j->text, NULL, constant, number_of(value, format, width));
}

static void json_sink_flags(struct sink *sink, const char *name, uint64_t value, enum format format, unsigned width,
			    const char *const *names, size_t n, uint64_t rest)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	json_open(&j->text, NULL, '{');
	json_open(&j->text, "names", '[');
	for (size_t i = 0; i < n; i++)
		json_text(&j->text, NULL, names[i]);
	json_close(&j->text, ']');
	json_number(&j->text, "value", number_of(value, format, width));
	json_number(&j->text, "rest", number_of(rest, format, width));
	json_close(&j->text, '}');
}

static void json_sink_string_open(struct sink *sink, const char *name, enum string_form form)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	j->form = form;
	strbuf_clear(&j->bytes);
}

static void json_sink_string_bytes(struct sink *sink, const char *bytes, size_t n)
{
	strbuf_add(&json_of(sink)->bytes, bytes, n);
}

static void json_sink_string_close(struct sink *sink, enum string_end end)
{
	static const enum json_end ends[] = {
		[STRING_WHOLE] = JSON_WHOLE, [STRING_CUT] = JSON_CUT, [STRING_FAULT] = JSON_FAULT,
	};
	struct json_sink *j = json_of(sink);

	if (j->form == STRING_HEX)
		json_bytes(&j->text, NULL, strbuf_str(&j->bytes), j->bytes.len, ends[end]);
	else
		json_string(&j->text, NULL, strbuf_str(&j->bytes), j->bytes.len, ends[end]);
	j->text.lost |= j->bytes.lost;
}

static void json_sink_address(struct sink *sink, const char *name, uint64_t addr)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	json_address(&j->text, NULL, addr);
}

static void json_sink_fault(struct sink *sink, const char *name, uint64_t addr)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	json_open(&j->text, NULL, '{');
	json_address(&j->text, "fault", addr);
	json_close(&j->text, '}');
}

static void json_sink_token(struct sink *sink, const char *name, const char *token, uint64_t value,
			    enum format format, unsigned width)
{
	struct json_sink *j = json_of(sink);

	begin(j, name);
	if (width)
		json_constant(&j->text, NULL, token, number_of(value, format, width));
	else
		json_text(&j->text, NULL, token);
}

static void json_sink_unknown(struct sink *sink, const char *name)
{
	put_unknown(json_of(sink), name);
}

static const struct sink_ops json_ops = {
	.call = json_sink_call,
	.split = json_sink_split,
	.params_end = json_sink_params_end,
	.noresult = json_sink_noresult,
	.resume = json_sink_resume,
	.error = json_sink_error,
	.result_fault = json_sink_result_fault,
	.open = json_sink_open,
	.close = json_sink_close,
	.more = json_sink_more,
	.number = json_sink_number,
	.constant = json_sink_constant,
	.flags = json_sink_flags,
	.string_open = json_sink_string_open,
	.string_bytes = json_sink_string_bytes,
	.string_close = json_sink_string_close,
	.address = json_sink_address,
	.fault = json_sink_fault,
	.token = json_sink_token,
	.unknown = json_sink_unknown,
};

void json_sink_init(struct json_sink *j)
{
	*j = (struct json_sink){.sink = {&json_ops}, .place = JSON_BARE};
}

void json_sink_free(struct json_sink *j)
{
	strbuf_free(&j->text);
	strbuf_free(&j->bytes);
}

void json_sink_end(struct json_sink *j)
{
	if (j->out_open)
		json_close(&j->text, '}');
	at(j, JSON_BARE);
}
