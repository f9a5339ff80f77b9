// Drives the meter for the sanitizers: every rate's block sizes, every count of channels, hostile
// samples, breaks; and compares the two sets of loops. Exit status: see main.
#include <ebur128.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel.h"
#include "../meter.h"

static unsigned state = 1;

static unsigned dice(void)
{
	return state = state * 1664525u + 1013904223u;
}

static float sample(void)
{
	unsigned kind = dice() >> 24, bits = dice();
	float any;
	memcpy(&any, &bits, sizeof any); // NaN, infinities and denormals among them
	if (kind < 8)
		return any;
	if (kind < 60)
		return 0;
	if (kind < 100)
		return 1;
	return (float)(int)bits / 2147483648.0f;
}

static int run(int rate, int channels, int blocks)
{
	sound_setup s = {.rate = rate, .channels = channels, .longest = rate / 50 + 1, .pairs = channels / 2};
	for (int c = 0; c < channels; c++)
		s.weight[c] = c % 3;
	for (int p = 0; p < s.pairs; p++) {
		s.pair[p][0] = 2 * p;
		s.pair[p][1] = 2 * p + 1;
	}
	sound_meter *m = sound_new(&s);
	if (m == NULL)
		return 1;
	int bad = 0;
	for (int b = 0; b < blocks; b++) {
		int n = b % 7 == 3 ? s.longest : rate / 50;
		for (int c = 0; c < channels; c++)
			for (int i = 0; i < n; i++)
				sound_line(m, c)[i] = sample();
		if (b % 11 == 5)
			sound_break(m);
		const sound_block *r = sound_measure(m, n);
		for (int c = 0; c < channels; c++) {
			const sound_channel *ch = &r->channel[c];
			bad |= !(ch->true_peak >= ch->peak && ch->peak >= 0 && isfinite(ch->true_peak));
			bad |= !(isfinite(ch->rms) && isfinite(ch->dc) && isfinite(ch->click) && isfinite(ch->hum50));
		}
		for (int p = 0; p < s.pairs; p++)
			bad |= !(fabs(r->pair[p].correlation) <= 1 && isfinite(r->pair[p].difference));
		bad |= isnan(r->momentary) || isnan(r->short_term) || isnan(r->integrated) || !isfinite(r->range);
	}
	sound_free(m);
	return bad;
}

// agree compares the two sets of loops on the same samples.
static int agree(const sound_kernels *a, const sound_kernels *b)
{
	enum { LONG = 333 };
	int bad = 0;
	for (int n = 1; n < LONG; n++) {
		// As long as needed and no longer, so that a read beyond is seen.
		float *x = malloc((SOUND_HISTORY + n) * sizeof *x), *y = malloc((SOUND_HISTORY + n) * sizeof *y);
		for (int i = 0; i < SOUND_HISTORY + n; i++)
			x[i] = sample();
		memcpy(y, x, (SOUND_HISTORY + n) * sizeof *x);
		bad |= a->clean(x, SOUND_HISTORY + n) != b->clean(y, SOUND_HISTORY + n);
		bad |= memcmp(x, y, (SOUND_HISTORY + n) * sizeof *x) != 0;
		for (int i = 0; i < SOUND_HISTORY + n; i++)
			y[i] = x[i] = fabsf(x[i]) > 2 || fabsf(x[i]) < 1e-6f ? 0 : x[i];
		float *p = x + SOUND_HISTORY, *q = y + SOUND_HISTORY;
		sound_levels la, lb;
		a->levels(p, n, &la);
		b->levels(q, n, &lb);
		bad |= la.high != lb.high || la.low != lb.low || la.overs != lb.overs || la.zeros != lb.zeros;
		bad |= fabs(la.sum - lb.sum) > 1e-3 || fabs(la.square - lb.square) > 1e-3;
		sound_common ca, cb;
		a->common(p, x, n, &ca);
		b->common(q, y, n, &cb);
		bad |= ca.differ != cb.differ || fabs(ca.product - cb.product) > 1e-3 || fabs(ca.difference - cb.difference) > 1e-3;
		float taps[3][SOUND_TAPS];
		for (int t = 0; t < 3 * SOUND_TAPS; t++)
			taps[t / SOUND_TAPS][t % SOUND_TAPS] = (float)(t % 5) - 2;
		bad |= fabsf(a->between(p, n, taps) - b->between(q, n, taps)) > 1e-4f;
		double sa, sb;
		bad |= fabsf(a->difference4(p, n, &sa) - b->difference4(q, n, &sb)) > 1e-4f || fabs(sa - sb) > 1e-2;
		bad |= a->equal(p, n) != b->equal(q, n);
		bad |= a->beyond(p, n, 0.9f, -0.9f) != b->beyond(q, n, 0.9f, -0.9f);
		free(x);
		free(y);
	}
	return bad;
}

// main returns 0, or the sum of 1 (a result out of bounds), 2 (the loops disagree), 4 (a meter leaked).
int main(void)
{
	static const int rates[] = {4000, 8000, 11025, 44100, 48000, 96000, 384000};
	int bad = 0;
	for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++)
		for (int channels = 1; channels <= SOUND_CHANNELS; channels += 5)
			bad |= run(rates[r], channels, rates[r] > 48000 ? 20 : 120);
	bad |= run(48000, 2, 400);
	bad |= agree(&sound_kernels_base, sound_pick()) << 1;
	bad |= (sound_alive() != 0) << 2;
	sound_free(NULL);
	return bad;
}
