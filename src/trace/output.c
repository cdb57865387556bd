#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

static int open_reader(struct output *out, const char *command)
{
	int r = reader_start(&out->reader, command);

	if (r < 0)
		out->reader.pidfd = -1;
	else
		out->fd = out->reader.fd;
	return r;
}

void output_none(struct output *out)
{
	out->err = 0;
	out->len = 0;
	out->fd = -1;
	out->reader.pidfd = -1;
	out->patient = out->hurried = false;
}

/* A file, or /dev/null. */
static bool is_patient(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) && !isatty(fd);
}

int output_open(struct output *out, const char *name)
{
	output_none(out);
	out->fd = STDERR_FILENO;
	if (name && *name == '|')
		return open_reader(out, name + 1);
	if (name)
		out->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	if (out->fd < 0)
		return -errno;
	out->patient = name && is_patient(out->fd);
	out->tick = interrupt_ticks();
	return 0;
}

enum { PATIENCE = 1000 };	/* ms: for a reader, once we were told to stop */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* We were told to stop, but nobody reads: is there room for more after a while? */
static bool wait_a_moment(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int64_t end = now_ms() + PATIENCE, left;
	int r = -1;

	while (r < 0 && (left = end - now_ms()) > 0)
		r = poll(&ready, 1, (int)left);
	return r > 0;
}

void output_hurry(struct output *out)
{
	out->hurried = true;
}

/*
 * Writes all of it.  The descriptor may be shared and non-blocking: then it
 * waits.  A page of a pager may stay for ever, and what is traced stands
 * still: who wants to stop then loses what was not read.
 */
static void write_all(struct output *out, const char *p, size_t n)
{
	while (n > 0 && out->err == 0) {
		if (out->hurried && !wait_a_moment(out->fd)) {
			out->err = EINTR;
			return;
		}
		/* A pipe that is ready has room for so much. */
		ssize_t done = write(out->fd, p, out->hurried && n > PIPE_BUF ? PIPE_BUF : n);
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno != EAGAIN && errno != EINTR) {
			out->err = errno;
		} else if (interrupt_pending()) {
			out->err = wait_a_moment(out->fd) ? 0 : EINTR;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = out->fd, .events = POLLOUT};
			poll(&ready, 1, -1);
		}
	}
}

static void write_buffer(struct output *out)
{
	write_all(out, out->buf, out->len);
	out->len = 0;
}

void output_flush(struct output *out)
{
	unsigned now = interrupt_ticks();

	if (out->len == 0)
		return;
	if (out->patient && out->tick == now)
		return;
	out->tick = now;
	write_buffer(out);
}

void output_write(struct output *out, const char *bytes, size_t n)
{
	if (out->len == 0)
		interrupt_tick_soon();
	if (n > sizeof(out->buf) - out->len)
		write_buffer(out);
	if (n > sizeof(out->buf)) {
		write_all(out, bytes, n);
		return;
	}
	memcpy(out->buf + out->len, bytes, n);
	out->len += n;
}

int output_close(struct output *out)
{
	write_buffer(out);
	if (out->fd > STDERR_FILENO && close(out->fd) < 0 && out->err == 0)
		out->err = errno;
	out->fd = -1;
	return -out->err;
}
