#include "meter.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#define PI 3.14159265358979323846

typedef struct {
	sound_runs runs;
	sound_clicks clicks;
	sound_hum_channel hum;
} part;

struct sound_meter {
	sound_setup setup;
	const sound_kernels *kernels;
	int fresh;                          // the next block follows nothing
	float *samples;                     // owned; all the lines
	float *line[SOUND_CHANNELS];        // each with SOUND_HISTORY samples before it
	float taps[3][SOUND_TAPS];          // of the interpolator
	part parts[SOUND_CHANNELS];
	sound_levels levels[SOUND_CHANNELS];
	sound_hum hum;
	sound_loudness loudness;
	sound_block block;
};

static atomic_int alive;

int sound_alive(void)
{
	return atomic_load(&alive);
}

// bessel is the modified Bessel function of the first kind, of order 0.
static double bessel(double x)
{
	double term = 1, sum = 1;
	for (int k = 1; term > 1e-12 * sum; k++) {
		term *= x * x / 4 / k / k;
		sum += term;
	}
	return sum;
}

// interpolator makes the filter for the values at 1/4, 2/4 and 3/4 between samples: a sinc under a
// Kaiser window (beta 6.2: stop band 65 dB down, pass band flat up to 0.42 of the sample rate), each
// phase with a gain of 1 at 0 Hz. It meets what BS.1770-4 Annex 2 asks of a four-times oversampling
// filter, with twice the taps of the one printed there.
static void interpolator(float taps[3][SOUND_TAPS])
{
	const double beta = 6.2, half = SOUND_TAPS / 2;
	for (int p = 0; p < 3; p++) {
		double t[SOUND_TAPS], sum = 0;
		for (int k = 0; k < SOUND_TAPS; k++) {
			double d = k - half + (p + 1) / 4.0; // from the tap's sample to the wanted value
			t[k] = sin(PI * d) / (PI * d) * bessel(beta * sqrt(1 - d * d / half / half));
			sum += t[k];
		}
		for (int k = 0; k < SOUND_TAPS; k++)
			taps[p][k] = (float)(t[k] / sum);
	}
}

sound_meter *sound_new(const sound_setup *setup)
{
	sound_meter *m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	atomic_fetch_add(&alive, 1);
	m->setup = *setup;
	m->kernels = sound_pick();
	m->fresh = 1;
	interpolator(m->taps);
	size_t pitch = SOUND_HISTORY + setup->longest;
	m->samples = calloc(pitch * setup->channels, sizeof *m->samples);
	if (m->samples == NULL || sound_hum_init(&m->hum, setup->rate) != 0 ||
	    sound_loudness_init(&m->loudness, setup) != 0) {
		sound_free(m);
		return NULL;
	}
	for (int c = 0; c < setup->channels; c++)
		m->line[c] = m->samples + c * pitch + SOUND_HISTORY;
	return m;
}

void sound_free(sound_meter *m)
{
	if (m == NULL)
		return;
	sound_loudness_clear(&m->loudness);
	sound_hum_clear(&m->hum);
	free(m->samples);
	free(m);
	atomic_fetch_sub(&alive, 1);
}

float *sound_line(sound_meter *m, int channel)
{
	return m->line[channel];
}

void sound_break(sound_meter *m)
{
	m->fresh = 1;
	memset(m->parts, 0, sizeof m->parts);
}

// measure fills in one channel.
static void measure(sound_meter *m, int c, int n, sound_channel *into)
{
	const sound_kernels *k = m->kernels;
	float *x = m->line[c];
	sound_levels *l = &m->levels[c];
	memset(into, 0, sizeof *into);
	into->invalid = k->clean(x, n);
	if (m->fresh) // as if the first sample had always been there: a start is no step
		for (int i = 1; i <= SOUND_HISTORY; i++)
			x[-i] = x[0];
	k->levels(x, n, l);
	into->peak = l->high > -l->low ? l->high : -l->low;
	into->rms = sqrt(l->square / n);
	into->dc = l->sum / n;
	into->overs = l->overs;
	float near = 0.9f * (float)into->peak;
	into->near_peak = near > 0 ? k->beyond(x, n, near, -near) : 0;
	into->zeros = l->zeros;
	float between = k->between(x, n, m->taps);
	into->true_peak = between > into->peak ? between : into->peak;
	sound_runs_measure(&m->parts[c].runs, k, x, n, into);
	sound_tops_measure(k, x, n, l, into);
	sound_clicks_measure(&m->parts[c].clicks, k, x, n, into);
	sound_hum_measure(&m->hum, &m->parts[c].hum, x, n, into);
	sound_slices_measure(k, x, n, into);
	sound_tone_measure(k, x, n, m->setup.rate, into);
}

// compare fills in one pair; the channels have been measured.
static void compare(const sound_meter *m, int a, int b, int n, sound_pair *into)
{
	sound_common s;
	m->kernels->common(m->line[a], m->line[b], n, &s);
	double energy = sqrt(m->levels[a].square * m->levels[b].square);
	double r = energy > 0 ? s.product / energy : 0;
	into->correlation = r > 1 ? 1 : r < -1 ? -1 : r;
	into->difference = sqrt(s.difference / n);
	into->identical = s.differ == 0;
}

const sound_block *sound_measure(sound_meter *m, int n)
{
	sound_block *b = &m->block;
	for (int c = 0; c < m->setup.channels; c++)
		measure(m, c, n, &b->channel[c]);
	for (int p = 0; p < m->setup.pairs; p++)
		compare(m, m->setup.pair[p][0], m->setup.pair[p][1], n, &b->pair[p]);
	sound_loudness_measure(&m->loudness, m->line, n, b);
	m->fresh = 0;
	for (int c = 0; c < m->setup.channels; c++)
		memmove(m->line[c] - SOUND_HISTORY, m->line[c] + n - SOUND_HISTORY, SOUND_HISTORY * sizeof(float));
	return b;
}
