// What a block looks like inside: its course in slices of 1 ms, and whether it is one sine.

#include <math.h>

#include "parts.h"

#define PI 3.14159265358979323846

void sound_slices_measure(const sound_kernels *k, const float *x, int n, sound_channel *into)
{
	for (int s = 0; s < SOUND_SLICES; s++) {
		int from = n * s / SOUND_SLICES, to = n * (s + 1) / SOUND_SLICES;
		double square = to > from ? k->energy(x + from, to - from) / (to - from) : 0;
		double level = square > 0 ? 255.5 + 20 * log10(square) : 0; // half decibels, rounded
		into->slices[s] = level <= 0 ? 0 : level >= 255 ? 255 : (uint8_t)level;
	}
}

// A sine of w radians a sample satisfies x[n-d] + x[n+d] = 2 cos(w d) x[n] exactly, whatever d. What
// is left of the best such prediction is what the block holds beside one sine. Far apart (a quarter
// of a millisecond: a quarter of a period of 1 kHz) nothing but a sine can be predicted so; sound that
// is only smooth cannot, as it can from neighbours.
enum { APART = 4000 };

// frequency returns the frequency of the sine that s is of, in cycles a sample. How much neighbours
// differ tells it roughly; the prediction tells it exactly, but as an angle that many have.
static double frequency(const sound_swing *s, int lag)
{
	double half = sqrt(s->steps / s->square) / 2; // sin(w/2)
	double rough = half < 1 ? 2 * asin(half) : PI;
	double cosine = s->product / s->square / 2;
	double angle = acos(cosine < -1 ? -1 : cosine > 1 ? 1 : cosine); // of w*lag, either way round
	double best = rough, off = INFINITY;
	for (int turn = 0; turn <= lag; turn++)
		for (int way = -1; way <= 1; way += 2) {
			double w = (turn * 2 * PI + way * angle) / lag;
			if (w >= 0 && fabs(w - rough) < off) {
				off = fabs(w - rough);
				best = w;
			}
		}
	return best / 2 / PI;
}

void sound_tone_measure(const sound_kernels *k, const float *x, int n, int rate, sound_channel *into)
{
	int lag = rate / APART;
	lag = lag < 1 ? 1 : lag > SOUND_HISTORY / 2 - 1 ? SOUND_HISTORY / 2 - 1 : lag;
	sound_swing s;
	k->swing(x, n, lag, &s);
	into->tone = into->rest = 0;
	if (s.square <= 0)
		return;
	double left = (s.sides - s.product * s.product / s.square) / s.square;
	into->rest = left > 0 ? sqrt(left) : 0;
	into->tone = frequency(&s, lag) * rate;
}
