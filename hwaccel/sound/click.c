// Clicks. The fourth difference is a fixed linear predictor's error (as in T. Robinson, "SHORTEN",
// 1994, one order further): what is predictable in sound, which is most of its low and middle
// frequencies, cancels, and a single wrong sample of height a stays as a, -4a, 6a, -4a, a. An error
// that stands out from the error's local level is a click (S. Godsill and P. Rayner, "Digital Audio
// Restoration", 1998, chapter 5). The level is taken on both sides, so that the onset of a loud
// sound is none, and as a median, so that neither the click's own spill nor a second click hides it.

#include <math.h>
#include <string.h>

#include "parts.h"

enum {
	REACH = 9, // slices on each side that tell the local level
	LAG = 10,  // slices at the end of a block that wait for what comes after them
};

// The fourth difference of rounding to 16 bits: 70 times the variance of the rounding.
#define ROUNDING (70.0f / 12 / 32768 / 32768)

// order puts the smaller of two values first.
static inline void order(float *a, float *b)
{
	float low = *a < *b ? *a : *b;
	*b = *a < *b ? *b : *a;
	*a = low;
}

// median of REACH (9) values, by the sorting network of J. L. Smith, "Implementing Median Filters in
// XC4000E FPGAs", 1996: nineteen exchanges.
static float median(const float *v)
{
	static const unsigned char pairs[19][2] = {
		{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2}, {4, 5}, {7, 8}, {0, 3},
		{5, 8}, {4, 7}, {3, 6}, {1, 4}, {2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2},
	};
	float p[REACH];
	memcpy(p, v, sizeof p);
	for (int i = 0; i < 19; i++)
		order(&p[pairs[i][0]], &p[pairs[i][1]]);
	return p[4];
}

void sound_clicks_measure(sound_clicks *c, const sound_kernels *k, const float *x, int n, sound_channel *into)
{
	memmove(c->peak, c->peak + SOUND_SLICES, SOUND_SLICES * sizeof *c->peak);
	memmove(c->square, c->square + SOUND_SLICES, SOUND_SLICES * sizeof *c->square);
	for (int s = 0; s < SOUND_SLICES; s++) {
		int from = n * s / SOUND_SLICES, to = n * (s + 1) / SOUND_SLICES;
		double square = 0;
		c->peak[SOUND_SLICES + s] = k->difference4(x + from, to - from, &square);
		c->square[SOUND_SLICES + s] = to > from ? (float)(square / (to - from)) : 0;
	}
	into->click = into->click_peak = 0;
	if (c->blocks < 1) {
		c->blocks++;
		return; // nothing came before
	}
	for (int s = LAG; s < LAG + SOUND_SLICES; s++) {
		float before = median(c->square + s - REACH), after = median(c->square + s + 1);
		float level = before > after ? before : after;
		double click = c->peak[s] / sqrtf(level > ROUNDING ? level : ROUNDING);
		if (click > into->click) {
			into->click = click;
			into->click_peak = c->peak[s] / 6;
		}
	}
}
