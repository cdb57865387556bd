/* Kinds with a notation of their own: signals, wait status, ioctl commands, addresses of the network. */
#include <arpa/inet.h>
#include <linux/ioctl.h>
#include <stdio.h>

#include "kinds.h"

static void token(struct walk *w, const struct item *it, const char *text)
{
	w->sink->ops->token(w->sink, it->name, text, it->value, kind_format(it->kind), it->width);
}

/* A signal that the set of names lacks: real-time ones, and what is no signal at all. */
bool put_signum(struct walk *w, const struct item *it)
{
	char buf[16], text[24];
	const char *name = decode_signal(it->value, buf);

	if (name) {
		snprintf(text, sizeof(text), "SIG%s", name);
		token(w, it, text);
	} else {
		w->sink->ops->number(w->sink, it->name, it->value, FORMAT_SIGNED, it->width);
	}
	return true;
}

/* A number of this architecture's own table. */
bool put_syscall(struct walk *w, const struct item *it)
{
	const struct call *call = decode_find(it->value);

	if (call)
		w->sink->ops->constant(w->sink, it->name, it->value, FORMAT_SIGNED, it->width, table_name(call->name));
	else
		w->sink->ops->number(w->sink, it->name, it->value, FORMAT_SIGNED, it->width);
	return true;
}

struct status {
	const char *label;
	unsigned number;	/* exit code or signal */
	uint32_t event;		/* why it stopped: PTRACE_EVENT_FORK, .. */
	uint32_t rest;		/* bits that the form does not cover */
	bool core;
	bool call;		/* stopped at a system call: PTRACE_O_TRACESYSGOOD */
};

#define CORE_FLAG 0x80U
#define CALL_FLAG 0x80U

/*
 * The encoding of wait(2), as in the C library's <bits/waitstatus.h>.  Stops
 * of ptrace(2) add a bit to the signal, or an event above it.
 */
static struct status parse_status(uint32_t v)
{
	unsigned high = v >> 8 & 0xff;

	if ((v & 0x7f) == 0)
		return (struct status){.label = "W_EXITED", .number = high, .rest = v & ~0xff00U};
	if ((v & 0xff) == 0x7f)
		return (struct status){.label = "W_STOPPED", .number = high & ~CALL_FLAG, .event = v >> 16,
				       .call = high & CALL_FLAG};
	return (struct status){.label = "W_SIGNALED", .number = v & 0x7f, .rest = v & ~(0x7fU | CORE_FLAG),
			       .core = v & CORE_FLAG};
}

static void show_stop_signal(struct walk *w, const struct status *s)
{
	if (s->call)
		w->sink->ops->open(w->sink, NULL, SHAPE_UNION, NULL);
	show_scalar(w, NULL, TYPE_signal, s->number, 4);
	if (s->call) {
		w->sink->ops->number(w->sink, NULL, CALL_FLAG, FORMAT_HEX, 4);
		w->sink->ops->close(w->sink, SHAPE_UNION);
	}
}

/* As <linux/ptrace.h> names it, or else where it stands in the status. */
static void show_event(struct walk *w, uint32_t event)
{
	const char *name = decode_constant(TYPE_ptrace_event, event);

	if (name)
		w->sink->ops->token(w->sink, NULL, name, (uint64_t)event << 16, FORMAT_HEX, 4);
	else
		w->sink->ops->number(w->sink, NULL, (uint64_t)event << 16, FORMAT_HEX, 4);
}

bool put_wstatus(struct walk *w, const struct item *it)
{
	const struct sink_ops *ops = w->sink->ops;
	uint32_t v = (uint32_t)it->value;
	struct status s = parse_status(v);
	bool exited = (v & 0x7f) == 0, alone = !s.rest && !s.core && !s.event;
	const char *name = alone ? it->name : NULL;

	if (v == 0xffff) {
		ops->token(w->sink, it->name, "W_CONTINUED", v, FORMAT_HEX, 0);
		return true;
	}
	if (!alone)
		ops->open(w->sink, it->name, SHAPE_UNION, NULL);
	ops->open(w->sink, name, SHAPE_CALL, s.label);
	if (exited)
		ops->number(w->sink, NULL, s.number, FORMAT_SIGNED, 4);
	else
		show_stop_signal(w, &s);
	ops->close(w->sink, SHAPE_CALL);
	if (s.event)
		show_event(w, s.event);
	if (s.core)
		ops->token(w->sink, NULL, "WCOREDUMP", CORE_FLAG, FORMAT_HEX, 0);
	if (s.rest)
		ops->number(w->sink, NULL, s.rest, FORMAT_HEX, 4);
	if (!alone)
		ops->close(w->sink, SHAPE_UNION);
	return true;
}

/* The parts of asm-generic/ioctl.h, by the macros of this architecture. */
bool put_ioctl_nr(struct walk *w, const struct item *it)
{
	unsigned v = (unsigned)it->value, dir = _IOC_DIR(v), type = _IOC_TYPE(v), nr = _IOC_NR(v), size = _IOC_SIZE(v);
	char group[8], text[64];

	snprintf(group, sizeof(group), type > ' ' && type < 0x7f && type != '\'' && type != '\\' ? "'%c'" : "%u", type);
	if (dir == _IOC_NONE && size == 0)
		snprintf(text, sizeof(text), "_IO(%s,%u)", group, nr);
	else if (dir == _IOC_READ)
		snprintf(text, sizeof(text), "_IOR(%s,%u,%u)", group, nr, size);
	else if (dir == _IOC_WRITE)
		snprintf(text, sizeof(text), "_IOW(%s,%u,%u)", group, nr, size);
	else if (dir == (_IOC_READ | _IOC_WRITE))
		snprintf(text, sizeof(text), "_IOWR(%s,%u,%u)", group, nr, size);
	else
		snprintf(text, sizeof(text), "_IOC(%u,%s,%u,%u)", dir, group, nr, size);
	token(w, it, text);
	return true;
}

/* The notation of an address is its number: it stays where -n turns names into numbers. */
static void plain(struct walk *w, const struct item *it, const char *text)
{
	w->sink->ops->token(w->sink, it->name, text, 0, FORMAT_HEX, 0);
}

bool put_in_addr(struct walk *w, const struct item *it)
{
	struct in_addr addr = {.s_addr = (uint32_t)it->value};
	char text[INET_ADDRSTRLEN];

	plain(w, it, inet_ntop(AF_INET, &addr, text, sizeof(text)));
	return true;
}

bool put_in6_addr(struct walk *w, const struct item *it)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (walk_read(w, it->addr, &addr, sizeof(addr)) != sizeof(addr))
		return false;
	plain(w, it, inet_ntop(AF_INET6, &addr, text, sizeof(text)));
	return true;
}

#define MAX_HARDWARE_ADDRESS 32U	/* MAX_ADDR_LEN of linux/netdevice.h */

bool put_mac(struct walk *w, const struct item *it)
{
	uint64_t n = it->size == SIZE_NONE ? 6 : it->size;
	char text[3 * MAX_HARDWARE_ADDRESS + 1] = "";
	uint8_t bytes[MAX_HARDWARE_ADDRESS];

	if (n > sizeof(bytes))
		return put_bytes(w, it->name, KIND_hex, it->addr, n);
	if (walk_read(w, it->addr, bytes, (size_t)n) != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		snprintf(text + (i ? 3 * i - 1 : 0), 4, i ? ":%02x" : "%02x", bytes[i]);
	plain(w, it, text);
	return true;
}

bool put_uuid(struct walk *w, const struct item *it)
{
	char text[40];
	uint8_t b[16];

	if (it->size < sizeof(b) || walk_read(w, it->addr, b, sizeof(b)) != sizeof(b))
		return false;
	snprintf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	plain(w, it, text);
	return true;
}
