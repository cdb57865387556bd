#include "handover.h"

void handover_init(struct handover *h)
{
	*h = (struct handover){.every = HANDOVER_EVERY};
}

bool handover_due(struct handover *h)
{
	if (++h->stops < h->every)
		return false;
	h->stops = 0;
	return true;
}

void handover_begun(struct handover *h, uint64_t now)
{
	h->since = now;
}

void handover_ended(struct handover *h, uint64_t now)
{
	bool was_long = now - h->since >= HANDOVER_LONG;

	h->since = 0;
	if (was_long && h->every < HANDOVER_MAX)
		h->every *= HANDOVER_STEP;
	else if (!was_long && h->every > HANDOVER_EVERY)
		h->every /= HANDOVER_STEP;
}
