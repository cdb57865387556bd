#include "placement_policy.h"

void policy_init(struct policy *p, enum placement placement)
{
	*p = (struct policy){.placement = placement, .need = POLICY_RUN};
}

void policy_shares(struct policy *p, bool sharing)
{
	p->sharing = sharing;
	p->run = 0;
	p->shared = 0;
	p->crowd = 0;
}

void policy_break(struct policy *p)
{
	p->trusted = p->shared > 0 || p->run >= POLICY_WORTH;
	if (p->trusted)
		p->need = POLICY_AGAIN;
	else if (p->need < POLICY_RUN)
		p->need = POLICY_RUN;
	else if (p->need < POLICY_RUN_MAX)
		p->need *= 2;
	policy_shares(p, false);
}

/* A run of stops has been long enough. */
static enum advice look_apart(struct policy *p, uint64_t cost, uint64_t now)
{
	if (p->placement == PLACEMENT_AUTO && now < p->not_before)
		return ADVICE_NONE;
	if (p->trusted)
		return ADVICE_SHARE;
	if (p->placement == PLACEMENT_AUTO && cost > POLICY_FAST)
		return ADVICE_NONE;
	p->apart = cost;
	return ADVICE_SHARE;
}

/* It was not worth it: the next time, it has to be measured. */
static enum advice give_up(struct policy *p)
{
	p->trusted = false;
	p->need = POLICY_RUN;
	return ADVICE_PART;
}

static enum advice look_together(struct policy *p, uint64_t cost, uint64_t now)
{
	p->shared++;
	if (p->placement != PLACEMENT_AUTO)
		return ADVICE_NONE;
	if (cost > (p->apart == 0 ? POLICY_UNKNOWN : POLICY_SLOW))
		return give_up(p);
	if (p->apart != 0 && cost > p->apart + p->apart / 2) {	/* others want the CPU, while another one may be free */
		p->not_before = now + POLICY_RETRY;
		return give_up(p);
	}
	return ADVICE_NONE;
}

/* Others run too.  For a moment they do whenever a child is made. */
static enum advice crowded(struct policy *p)
{
	p->run = 0;
	if (!p->sharing || (p->crowd += POLICY_CROWDED) <= POLICY_CROWD)
		return ADVICE_NONE;
	policy_break(p);
	return ADVICE_PART;
}

static unsigned window_of(const struct policy *p)
{
	if (!p->sharing)
		return p->need;
	return p->apart == 0 && p->shared == 0 ? POLICY_RUN : POLICY_WINDOW;
}

/* Counts a stop, and decides after as many as make a window. */
static enum advice look(struct policy *p, policy_clock *clock, void *ctx)
{
	unsigned window = window_of(p);

	if (p->run == 0)
		p->since = clock(ctx);
	if (p->run++ < window || window == 0)
		return ADVICE_NONE;
	uint64_t now = clock(ctx), cost = (now - p->since) / window;
	p->run = 1;
	p->since = now;
	return p->sharing ? look_together(p, cost, now) : look_apart(p, cost, now);
}

enum advice policy_stop(struct policy *p, bool alone, policy_clock *clock, void *ctx)
{
	p->stops++;
	if (!alone)
		return crowded(p);
	p->crowd -= p->crowd > 0;
	if (p->placement == PLACEMENT_FREE || p->barred)
		return ADVICE_NONE;
	return look(p, clock, ctx);
}

enum advice policy_tick(struct policy *p)
{
	bool idle = p->stops == p->seen;

	p->seen = p->stops;
	return p->sharing && idle ? give_up(p) : ADVICE_NONE;
}

void policy_bar(struct policy *p)
{
	p->barred = true;
}

void policy_begin(struct policy *p)
{
	p->barred = false;
	p->trusted = true;
	p->need = 1;
	p->run = 0;
	p->apart = 0;
}
