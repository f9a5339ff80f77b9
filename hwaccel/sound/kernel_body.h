// The loops of kernel.h over vectors of LANES floats; included by each kernel_*.c with LANES and
// KERNELS (the name of the table) defined. What is left over at the end goes one by one.

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

// Over 1e6 times full scale (+120 dBFS): no decoder means that. As bits, NaN and infinities are
// larger still.
#define ABSURD 0x49742400
#define MAGNITUDE 0x7fffffff

static inline vf load(const float *x)
{
	vf v;
	memcpy(&v, x, sizeof v);
	return v;
}

static inline vf all(float x)
{
	return x - (vf){0};
}

static inline vf magnitude(vf v)
{
	return (vf)((vi)v & MAGNITUDE);
}

static inline vf larger(vf a, vf b)
{
	vi m = a > b;
	return (vf)(((vi)a & m) | ((vi)b & ~m));
}

static inline vf smaller(vf a, vf b)
{
	vi m = a < b;
	return (vf)(((vi)a & m) | ((vi)b & ~m));
}

static inline double total(vf v)
{
	double s = 0;
	for (int i = 0; i < LANES; i++)
		s += v[i];
	return s;
}

static inline int count(vi v)
{
	int s = 0;
	for (int i = 0; i < LANES; i++)
		s += v[i];
	return s;
}

static inline float largest(vf v)
{
	float s = v[0];
	for (int i = 1; i < LANES; i++)
		s = v[i] > s ? v[i] : s;
	return s;
}

static int clean(float *x, int n)
{
	vi bad = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vi v;
		memcpy(&v, x + i, sizeof v);
		vi absurd = (v & MAGNITUDE) > ABSURD;
		bad -= absurd;
		v &= ~absurd;
		memcpy(x + i, &v, sizeof v);
	}
	int found = count(bad);
	for (; i < n; i++) {
		int32_t v;
		memcpy(&v, x + i, sizeof v);
		if ((v & MAGNITUDE) > ABSURD) {
			x[i] = 0;
			found++;
		}
	}
	return found;
}

static void levels(const float *x, int n, sound_levels *into)
{
	vf high = all(x[0]), low = high, sum = {0}, square = {0};
	vi overs = {0}, zeros = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf v = load(x + i);
		high = larger(v, high);
		low = smaller(v, low);
		sum += v;
		square += v * v;
		overs -= (magnitude(v) >= all(1));
		zeros -= (v == all(0));
	}
	into->high = largest(high);
	into->low = -largest(-low);
	into->sum = total(sum);
	into->square = total(square);
	into->overs = count(overs);
	into->zeros = count(zeros);
	for (; i < n; i++) {
		into->high = x[i] > into->high ? x[i] : into->high;
		into->low = x[i] < into->low ? x[i] : into->low;
		into->sum += x[i];
		into->square += (double)x[i] * x[i];
		into->overs += fabsf(x[i]) >= 1;
		into->zeros += x[i] == 0;
	}
}

static void common(const float *a, const float *b, int n, sound_common *into)
{
	vf product = {0}, square = {0};
	vi differ = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf l = load(a + i), r = load(b + i), d = l - r;
		product += l * r;
		square += d * d;
		differ -= (l != r);
	}
	into->product = total(product);
	into->difference = total(square);
	into->differ = count(differ);
	for (; i < n; i++) {
		double d = (double)a[i] - b[i];
		into->product += (double)a[i] * b[i];
		into->difference += d * d;
		into->differ += a[i] != b[i];
	}
}

static float between(const float *x, int n, const float taps[3][SOUND_TAPS])
{
	vf most = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf y0 = {0}, y1 = {0}, y2 = {0};
		for (int k = 0; k < SOUND_TAPS; k++) {
			vf v = load(x + i - k);
			y0 += v * taps[0][k];
			y1 += v * taps[1][k];
			y2 += v * taps[2][k];
		}
		most = larger(magnitude(y0), most);
		most = larger(magnitude(y1), most);
		most = larger(magnitude(y2), most);
	}
	float m = largest(most);
	for (; i < n; i++)
		for (int p = 0; p < 3; p++) {
			float y = 0;
			for (int k = 0; k < SOUND_TAPS; k++)
				y += x[i - k] * taps[p][k];
			m = fabsf(y) > m ? fabsf(y) : m;
		}
	return m;
}

static float difference4(const float *x, int n, double *square)
{
	vf most = {0}, sum = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf d = load(x + i) + load(x + i - 4) - 4.0f * (load(x + i - 1) + load(x + i - 3)) + 6.0f * load(x + i - 2);
		sum += d * d;
		most = larger(magnitude(d), most);
	}
	double s = total(sum);
	float m = largest(most);
	for (; i < n; i++) {
		float d = x[i] + x[i - 4] - 4 * (x[i - 1] + x[i - 3]) + 6 * x[i - 2];
		s += (double)d * d;
		m = fabsf(d) > m ? fabsf(d) : m;
	}
	*square = s;
	return m;
}

static int equal(const float *x, int n)
{
	vi same = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES)
		same -= (load(x + i) == load(x + i - 1));
	int found = count(same);
	for (; i < n; i++)
		found += x[i] == x[i - 1];
	return found;
}

static int beyond(const float *x, int n, float high, float low)
{
	vi found = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf v = load(x + i);
		found -= (v >= all(high)) | (v <= all(low));
	}
	int sum = count(found);
	for (; i < n; i++)
		sum += x[i] >= high || x[i] <= low;
	return sum;
}

static double energy(const float *x, int n)
{
	vf square = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf v = load(x + i);
		square += v * v;
	}
	double sum = total(square);
	for (; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

static void swing(const float *x, int n, int lag, sound_swing *into)
{
	vf square = {0}, sides = {0}, product = {0}, steps = {0};
	int i = 0;
	for (; i + LANES <= n; i += LANES) {
		vf middle = load(x + i - lag), around = load(x + i) + load(x + i - 2 * lag), step = middle - load(x + i - lag - 1);
		square += middle * middle;
		sides += around * around;
		product += middle * around;
		steps += step * step;
	}
	into->square = total(square);
	into->sides = total(sides);
	into->product = total(product);
	into->steps = total(steps);
	for (; i < n; i++) {
		double middle = x[i - lag], around = (double)x[i] + x[i - 2 * lag], step = middle - x[i - lag - 1];
		into->square += middle * middle;
		into->sides += around * around;
		into->product += middle * around;
		into->steps += step * step;
	}
}

const sound_kernels KERNELS = {clean, levels, common, between, difference4, equal, beyond, energy, swing};
