// Loudness by libebur128, in its histogram mode: a feed runs for months, and a list of all its gating
// blocks would grow as long. The histogram has steps of 0.1 LU, so that gated values are good to
// 0.05 LU.

#include <math.h>
#include <stdlib.h>

#include "parts.h"

enum {
	BLOCK = 20,     // milliseconds
	STEP = 5,       // blocks between updates of what is gated: 100 ms
	MOMENTARY = 20, // blocks: 400 ms
};

// ITU-R BS.1770-4 equation 2: LUFS of a weighted mean square.
#define OFFSET 0.691

int sound_loudness_init(sound_loudness *l, const sound_setup *setup)
{
	l->momentary = l->short_term = l->integrated = -INFINITY;
	for (int c = 0; c < setup->channels; c++)
		if (setup->weight[c] != SOUND_APART)
			l->from[l->channels++] = c;
	if (l->channels == 0)
		return 0;
	l->frames = malloc((size_t)setup->longest * l->channels * sizeof *l->frames);
	if (l->frames == NULL)
		return -1;
	int mode = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_HISTOGRAM;
	l->state = ebur128_init(l->channels, setup->rate, mode);
	if (l->state == NULL)
		return -1;
	for (int c = 0; c < l->channels; c++) { // libebur128 counts every channel alike but the surrounds
		int surround = setup->weight[l->from[c]] == SOUND_SURROUND;
		if (ebur128_set_channel(l->state, c, surround ? EBUR128_Mp110 : EBUR128_CENTER) != EBUR128_SUCCESS)
			return -1;
	}
	return 0;
}

void sound_loudness_clear(sound_loudness *l)
{
	if (l->state != NULL)
		ebur128_destroy(&l->state);
	free(l->frames);
	l->frames = NULL;
}

// of returns the loudness of the last so many blocks.
static double of(const sound_loudness *l, int blocks)
{
	double sum = 0;
	for (int i = 1; i <= blocks; i++)
		sum += l->energy[(l->next + SOUND_SHORT - i) % SOUND_SHORT];
	return sum > 0 ? 10 * log10(sum / blocks) - OFFSET : -INFINITY;
}

// windows takes the last block from libebur128. The momentary and short-term windows are sums of
// blocks: asking libebur128 for them would add up three seconds of samples fifty times a second.
static void windows(sound_loudness *l)
{
	double block;
	int ok = ebur128_loudness_window(l->state, BLOCK, &block) == EBUR128_SUCCESS && isfinite(block);
	l->energy[l->next] = ok ? pow(10, (block + OFFSET) / 10) : 0;
	l->next = (l->next + 1) % SOUND_SHORT;
	l->momentary = of(l, MOMENTARY);
	l->short_term = of(l, SOUND_SHORT);
}

// gated asks libebur128 for what it gates, every 100 ms.
static void gated(sound_loudness *l)
{
	if (ebur128_loudness_global(l->state, &l->integrated) != EBUR128_SUCCESS)
		l->integrated = -INFINITY;
	if (ebur128_loudness_range(l->state, &l->range) != EBUR128_SUCCESS)
		l->range = 0;
}

void sound_loudness_measure(sound_loudness *l, float *const *line, int n, sound_block *into)
{
	into->updated = 0;
	if (l->state != NULL) {
		for (int c = 0; c < l->channels; c++) {
			const float *x = line[l->from[c]];
			for (int i = 0; i < n; i++)
				l->frames[i * l->channels + c] = x[i];
		}
		ebur128_add_frames_float(l->state, l->frames, n); // in histogram mode it allocates nothing, and so cannot fail
		windows(l);
		if (++l->blocks == STEP) {
			l->blocks = 0;
			gated(l);
			into->updated = 1;
		}
	}
	into->momentary = l->momentary;
	into->short_term = l->short_term;
	into->integrated = l->integrated;
	into->range = l->range;
}
