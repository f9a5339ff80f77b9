#include <math.h>

#include "parts.h"

enum {
	STRETCH = 32, // samples that are looked at together, to skip those with nothing in them
	FLAT = 3,     // samples of the shortest flat top
};

// A 16-bit step: samples this close are equal for a flat top.
#define STEP (1.0f / 32768)

// Where a smooth wave is rounded to steps, its crest is flat too, but then the sample beside the
// flat is less than two steps off (a parabola that stays within one step for three samples or more
// is at most 16/9 steps off one sample further). A wave that was cut off has its full slope there.
#define EDGE (4 * STEP)

// Below -40 dBFS a flat crest says more about the rounding than about the wave.
#define FAINT 0.01f

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void sound_runs_measure(sound_runs *r, const sound_kernels *k, const float *x, int n, sound_channel *into)
{
	int64_t repeat = 0, zero = into->zeros > 0;
	int i = 0;
	if (r->repeat == 0) { // there is no sample before
		r->repeat = repeat = 1;
		r->zero = x[0] == 0;
		i = 1;
	}
	while (i < n) {
		int stretch = n - i < STRETCH ? n - i : STRETCH;
		if (k->equal(x + i, stretch) == 0) { // the usual case
			i += stretch;
			r->repeat = 1;
			r->zero = x[i - 1] == 0;
			continue;
		}
		for (int end = i + stretch; i < end; i++) {
			r->repeat = x[i] == x[i - 1] ? r->repeat + 1 : 1;
			r->zero = x[i] == 0 ? r->zero + 1 : 0;
			repeat = longer(repeat, r->repeat);
			zero = longer(zero, r->zero);
		}
	}
	into->repeat_run = longer(repeat, 1);
	into->zero_run = zero;
}

// flat takes note of the samples from x[from] up to x[to] if they are a flat top of a block of n.
static void flat(const float *x, int from, int to, int n, sound_channel *into)
{
	if (to - from < FLAT)
		return;
	float in = fabsf(x[from] - x[from - 1]);
	float out = to < n ? fabsf(x[to] - x[to - 1]) : 0;
	if (in <= EDGE && out <= EDGE)
		return;
	into->clipped += to - from;
	into->clip_run = (int)longer(into->clip_run, to - from);
}

void sound_tops_measure(const sound_kernels *k, const float *x, int n, const sound_levels *l, sound_channel *into)
{
	float high = l->high >= FAINT ? l->high - STEP : INFINITY;
	float low = l->low <= -FAINT ? l->low + STEP : -INFINITY;
	int side = 0, from = 0; // of the run that goes on: 1 at the top, -1 at the bottom, 0 for none
	for (int i = 0; i < n;) {
		int stretch = n - i < STRETCH ? n - i : STRETCH;
		if (side == 0 && k->beyond(x + i, stretch, high, low) == 0) {
			i += stretch;
			continue;
		}
		for (int end = i + stretch; i < end; i++) {
			int now = x[i] >= high ? 1 : x[i] <= low ? -1 : 0;
			if (now == side)
				continue;
			if (side != 0)
				flat(x, from, i, n, into);
			side = now;
			from = i;
		}
	}
	if (side != 0)
		flat(x, from, n, n, into);
}
