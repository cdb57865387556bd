/* Names files in every way; its argument is a directory with `file`, `other`, and `link`, which leads to `file`. */
#include <fcntl.h>
#include <poll.h>

#include "rule.h"

int main(int argc, char *argv[])
{
	struct pollfd ready = {.fd = 6, .events = POLLIN};
	char c;

	(void)argc;
	syscall(SYS_chdir, argv[1]);
	syscall(SYS_openat, AT_FDCWD, "file", O_RDONLY);	/* 3 */
	syscall(SYS_openat, AT_FDCWD, "./other", O_WRONLY);	/* 4 */
	syscall(SYS_openat, AT_FDCWD, argv[1], O_RDONLY);	/* 5 */
	syscall(SYS_chdir, "/");
	syscall(SYS_openat, 5, "file", O_RDONLY);		/* 6 */
	syscall(SYS_openat, 5, "link", O_RDONLY);		/* 7 */
	syscall(SYS_unlinkat, 5, "gone", 0);
	syscall(SYS_read, 3, &c, 1);
	syscall(SYS_poll, &ready, 1, 0);
	syscall(SYS_write, 4, "x", 1);
	syscall(SYS_dup2, 3, 9);
	syscall(SYS_close, 9);
	syscall(SYS_getppid);
	leave(0);
}
