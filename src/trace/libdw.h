/*
 * elfutils' libdw, loaded when the first stack trace is wanted: with the
 * libraries that it needs, loading takes a quarter of the time in which a run
 * of trace without -s is over.
 */
#ifndef TRACE_LIBDW_H
#define TRACE_LIBDW_H

#include <elfutils/libdwfl.h>

#define LIBDW_FUNCTIONS(X)                                                                                             \
	X(dwfl_addrmodule)                                                                                             \
	X(dwfl_begin)                                                                                                  \
	X(dwfl_end)                                                                                                    \
	X(dwfl_frame_pc)                                                                                               \
	X(dwfl_getmodules)                                                                                             \
	X(dwfl_getthread_frames)                                                                                       \
	X(dwfl_linux_proc_attach)                                                                                      \
	X(dwfl_linux_proc_find_elf)                                                                                    \
	X(dwfl_linux_proc_report)                                                                                      \
	X(dwfl_module_addrinfo)                                                                                        \
	X(dwfl_module_info)                                                                                            \
	X(dwfl_report_begin)                                                                                           \
	X(dwfl_report_end)                                                                                             \
	X(dwfl_standard_find_debuginfo)

/* Its functions, by their names. */
struct libdw {
#define LIBDW_MEMBER(f) __typeof__(f) *(f);
	LIBDW_FUNCTIONS(LIBDW_MEMBER)
#undef LIBDW_MEMBER
};

extern struct libdw libdw;

/* Makes them ready, once and for all.  Returns NULL, or why they cannot be had. */
const char *libdw_load(void);

#endif
