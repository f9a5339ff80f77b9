// Mains hum: the magnitude of a Hann-tapered second at the mains frequency and its harmonics, by
// Goertzel's algorithm (G. Goertzel, American Mathematical Monthly 65, 1958) on a slow copy of the
// signal. The slow copy, about 2000 samples a second, is made with a triangular filter, whose notches
// lie on the frequencies that fold onto 0 Hz; what folds onto 200 Hz comes through at -38 dB.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#define PI 3.14159265358979323846

enum { HARMONICS = 3, SLOW = 2000 };

// Three tones each: hum at 50 Hz, hum at 60 Hz, and beside them, where neither puts anything.
static const double tones[SOUND_TONES] = {50, 100, 150, 60, 120, 180, 45, 95, 145, 65, 125, 185};

int sound_hum_init(sound_hum *h, int rate)
{
	h->every = rate / SLOW;
	double slow = (double)rate / h->every;
	h->window = (int)lround(slow);
	h->taper = malloc(h->window * sizeof *h->taper);
	if (h->taper == NULL)
		return -1;
	for (int i = 0; i < h->window; i++)
		h->taper[i] = (float)(0.5 - 0.5 * cos(2 * PI * i / h->window));
	for (int t = 0; t < SOUND_TONES; t++) {
		double w = 2 * PI * tones[t] / slow, half = w / 2;
		double pass = sin(half) / (h->every * sin(half / h->every)); // of a running mean
		h->factor[t] = 2 * cos(w);
		// The taper sums to window/2 and half of a sine's amplitude is at negative frequencies.
		h->scale[t] = 4.0 / h->window / sqrt(2) / (pass * pass);
	}
	return 0;
}

void sound_hum_clear(sound_hum *h)
{
	free(h->taper);
	h->taper = NULL;
}

// together returns the RMS amplitude of three tones, as the last second leaves them.
static double together(const sound_hum *h, const sound_hum_channel *c, int from)
{
	double power = 0;
	for (int t = from; t < from + HARMONICS; t++) {
		double a = c->s1[t], b = c->s2[t];
		double square = a * a + b * b - h->factor[t] * a * b;
		power += square > 0 ? square * h->scale[t] * h->scale[t] : 0;
	}
	return sqrt(power);
}

// step puts one slow sample into the window, and reads the window off when it is full.
static void step(const sound_hum *h, sound_hum_channel *c, double x)
{
	x *= h->taper[c->filled++];
	for (int t = 0; t < SOUND_TONES; t++) {
		double s = x + h->factor[t] * c->s1[t] - c->s2[t];
		c->s2[t] = c->s1[t];
		c->s1[t] = s;
	}
	if (c->filled < h->window)
		return;
	c->hum50 = together(h, c, 0);
	c->hum60 = together(h, c, HARMONICS);
	c->around = fmax(together(h, c, 2 * HARMONICS), together(h, c, 3 * HARMONICS));
	c->filled = 0;
	memset(c->s1, 0, sizeof c->s1);
	memset(c->s2, 0, sizeof c->s2);
}

void sound_hum_measure(const sound_hum *h, sound_hum_channel *c, const float *x, int n, sound_channel *into)
{
	int d = h->every;
	for (int i = 0; i < n;) {
		int left = d - c->have, stretch = n - i < left ? n - i : left;
		float level = 0, ramp = 0; // of this stretch alone, counted from its beginning
		for (int j = 0; j < stretch; j++) {
			level += x[i + j];
			ramp += (float)j * x[i + j];
		}
		c->ramp += ramp + (double)c->have * level;
		c->level += level;
		c->have += stretch;
		i += stretch;
		if (c->have < d)
			continue;
		// The triangle rises over the stretch before and falls over this one; its area is d*d.
		step(h, c, (c->ramp_before + d * c->level - c->ramp) / ((double)d * d));
		c->ramp_before = c->ramp;
		c->ramp = c->level = 0;
		c->have = 0;
	}
	into->hum50 = c->hum50;
	into->hum60 = c->hum60;
	into->around = c->around;
}
