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
}

void policy_break(struct policy *p)
{
	if (p->shared > 0)
		p->need = POLICY_RUN;
	else if (p->need < POLICY_RUN_MAX)
		p->need *= 2;
	policy_shares(p, false);
}

/* A run of stops has been long enough. */
static enum advice look_apart(struct policy *p, uint64_t cost, uint64_t now)
{
	if (p->placement == PLACEMENT_AUTO && (cost > POLICY_FAST || now < p->not_before))
		return ADVICE_NONE;
	p->apart = cost;
	return ADVICE_SHARE;
}

static enum advice look_together(struct policy *p, uint64_t cost, uint64_t now)
{
	p->shared++;
	if (p->placement != PLACEMENT_AUTO)
		return ADVICE_NONE;
	if (cost > POLICY_SLOW)
		return ADVICE_PART;
	if (cost > p->apart + p->apart / 2) {	/* the CPU is wanted by others, while another one may be free */
		p->not_before = now + POLICY_RETRY;
		return ADVICE_PART;
	}
	return ADVICE_NONE;
}

enum advice policy_stop(struct policy *p, pid_t tid, policy_clock *clock, void *ctx)
{
	p->stops++;
	if (p->sharing && tid != p->tid) {	/* another one is active too */
		policy_break(p);
		return ADVICE_PART;
	}
	if (p->placement == PLACEMENT_FREE || p->barred)
		return ADVICE_NONE;
	if (tid != p->tid) {
		p->tid = tid;
		p->run = 0;
	}
	if (p->run == 0)
		p->since = clock(ctx);
	unsigned window = p->sharing ? POLICY_WINDOW : p->need;
	if (p->run++ < window || window == 0)
		return ADVICE_NONE;
	uint64_t now = clock(ctx), cost = (now - p->since) / window;
	p->run = 1;
	p->since = now;
	return p->sharing ? look_together(p, cost, now) : look_apart(p, cost, now);
}

enum advice policy_tick(struct policy *p)
{
	bool idle = p->stops == p->seen;

	p->seen = p->stops;
	return p->sharing && idle ? ADVICE_PART : ADVICE_NONE;
}

void policy_bar(struct policy *p)
{
	p->barred = true;
}

void policy_allow(struct policy *p)
{
	p->barred = false;
}
