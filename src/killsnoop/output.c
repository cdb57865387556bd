#include "output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

void output_init(struct output *out, int fd, int stop)
{
	struct stat st;

	*out = (struct output){ .fd = fd, .stop = stop };
	out->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

void output_free(struct output *out)
{
	strbuf_free(&out->text);
}

void output_take_stop(struct output *out)
{
	struct signalfd_siginfo info;

	if (read(out->stop, &info, sizeof(info)) > 0)
		out->stopping = true;
}

/*
 * Waits until a write of PIPE_BUF bytes will not block (pipe(7), poll(2)).
 * Returns 0, or -EINTR when told to stop for the second time.
 */
static int wait_writable(struct output *out)
{
	struct pollfd fds[] = { { .fd = out->fd, .events = POLLOUT }, { .fd = out->stop, .events = POLLIN } };

	for (;;) {
		int n = poll(fds, 2, -1);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0 && fds[0].revents)
			return 0;
		if (n > 0 && out->stopping)
			return -EINTR;
		if (n > 0)
			output_take_stop(out);
	}
}

int output_flush(struct output *out)
{
	size_t done = 0;
	int r = out->text.lost ? -ENOMEM : 0;

	while (r == 0 && done < out->text.len) {
		size_t len = out->text.len - done;
		if (!out->is_file) {
			r = wait_writable(out);
			len = len < PIPE_BUF ? len : PIPE_BUF;
		}
		ssize_t n = r == 0 ? write(out->fd, out->text.s + done, len) : 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	strbuf_clear(&out->text);
	return r;
}
