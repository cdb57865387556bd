#include "libdw.h"

#include <dlfcn.h>
#include <string.h>

struct libdw libdw;

/* ISO C knows no conversion from a pointer to data to one to a function, POSIX wants it: dlsym(3). */
static const char *find(void *library, const char *name, void *function, size_t size)
{
	void *address = dlsym(library, name);

	if (!address)
		return dlerror();
	memcpy(function, &address, size);
	return NULL;
}

const char *libdw_load(void)
{
	void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	const char *why = library ? NULL : dlerror();

#define LIBDW_FIND(f)                                                                                                  \
	if (!why)                                                                                                      \
		why = find(library, #f, &libdw.f, sizeof(libdw.f));
	LIBDW_FUNCTIONS(LIBDW_FIND)
#undef LIBDW_FIND
	return why;
}
