/* For traced programs that show one of several things, named by the first argument. */
#ifndef E2E_SCENES_H
#define E2E_SCENES_H

#include <string.h>

#include "rule.h"

struct scene {
	const char *name;
	void (*play)(void);
};

/* Plays that scene between the marks and ends.  Returns 2 when there is none of that name. */
static inline int play_scene(const struct scene *scenes, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++) {
		if (strcmp(name, scenes[i].name) != 0)
			continue;
		mark_begin();
		scenes[i].play();
		mark_end();
		leave(0);
	}
	return 2;
}

#endif
