// Loops over samples, each written once and compiled for every instruction set in kernel_*.c.
#ifndef VEDETTE_SOUND_KERNEL_H
#define VEDETTE_SOUND_KERNEL_H

enum {
	SOUND_TAPS = 24,            // of each phase of the interpolator
	SOUND_HISTORY = SOUND_TAPS, // samples before a block that the loops below may read
};

typedef struct {
	float high, low;    // largest and smallest sample
	double sum, square; // of samples, of their squares
	int overs;          // samples whose magnitude is at least 1
	int zeros;          // samples that are exactly 0
} sound_levels;

typedef struct {
	double product;    // sum of a*b
	double difference; // sum of (a-b)^2
	int differ;        // samples that are not equal
} sound_common;

typedef struct {
	double square;  // sum of x^2
	double sides;   // sum of (x before + x after)^2, each some samples away
	double product; // sum of x*(x before + x after)
	double steps;   // sum of (x - the sample before)^2
} sound_swing;

typedef struct {
	// clean sets what is no sound to 0, in place, and returns how many samples that were.
	int (*clean)(float *x, int n);
	void (*levels)(const float *x, int n, sound_levels *into);
	void (*common)(const float *a, const float *b, int n, sound_common *into);
	// between returns the largest magnitude at 1/4, 2/4 and 3/4 between samples, SOUND_TAPS/2
	// samples late. It reads SOUND_TAPS-1 samples before x.
	float (*between)(const float *x, int n, const float taps[3][SOUND_TAPS]);
	// difference4 returns the largest magnitude of the fourth difference at x[0] to x[n-1], and the
	// sum of the squares in *square. It reads 4 samples before x.
	float (*difference4)(const float *x, int n, double *square);
	// equal returns how many of x[0] to x[n-1] equal the sample before. It reads 1 sample before x.
	int (*equal)(const float *x, int n);
	// beyond returns how many samples are at least high or at most low.
	int (*beyond)(const float *x, int n, float high, float low);
	// energy returns the sum of squares.
	double (*energy)(const float *x, int n);
	// swing compares x[-lag] to x[n-1-lag] with what is lag samples before and after. It reads 2*lag
	// samples before x.
	void (*swing)(const float *x, int n, int lag, sound_swing *into);
} sound_kernels;

extern const sound_kernels sound_kernels_base;
#if defined(__x86_64__)
extern const sound_kernels sound_kernels_avx2;
#endif

// sound_pick returns the best loops for this machine.
const sound_kernels *sound_pick(void);

#endif
