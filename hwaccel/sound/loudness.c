// Loudness by libebur128, in its histogram mode: a feed runs for months, and a list of all its gating
// blocks would grow as long. The histogram has steps of 0.1 LU, so that gated values are good to
// 0.05 LU.

#include <math.h>
#include <stdlib.h>

#include "parts.h"

enum { BLOCKS = 5, MOMENTARY_TENTHS = 4 }; // blocks of 20 ms in a tenth of a second

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

// of returns the loudness of the last so many tenths of a second.
static double of(const sound_loudness *l, int tenths)
{
	double sum = 0;
	for (int i = 1; i <= tenths; i++)
		sum += l->energy[(l->tenth + SOUND_TENTHS - i) % SOUND_TENTHS];
	return sum > 0 ? 10 * log10(sum / tenths) - OFFSET : -INFINITY;
}

// update takes the last tenth of a second from libebur128. The momentary and short-term windows are
// sums of tenths: asking libebur128 for them would add up three seconds of samples ten times a second.
static void update(sound_loudness *l)
{
	double tenth = -INFINITY;
	if (ebur128_loudness_window(l->state, 100, &tenth) != EBUR128_SUCCESS)
		tenth = -INFINITY;
	l->energy[l->tenth] = isfinite(tenth) ? pow(10, (tenth + OFFSET) / 10) : 0;
	l->tenth = (l->tenth + 1) % SOUND_TENTHS;
	l->momentary = of(l, MOMENTARY_TENTHS);
	l->short_term = of(l, SOUND_TENTHS);
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
		int ok = ebur128_add_frames_float(l->state, l->frames, n) == EBUR128_SUCCESS;
		if (ok && ++l->blocks == BLOCKS) {
			l->blocks = 0;
			update(l);
			into->updated = 1;
		}
	}
	into->momentary = l->momentary;
	into->short_term = l->short_term;
	into->integrated = l->integrated;
	into->range = l->range;
}
