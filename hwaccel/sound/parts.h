// The parts of the meter, each in the .c file of its name. None owns memory but sound_loudness and
// sound_hum.
#ifndef VEDETTE_SOUND_PARTS_H
#define VEDETTE_SOUND_PARTS_H

#include <ebur128.h>

#include "kernel.h"
#include "meter.h"

// runs.c: runs of equal samples, and tops that are flat.

typedef struct {
	int64_t zero, repeat; // lengths of the runs that the last sample ends, 0 where there was none
} sound_runs;

// sound_runs_measure fills in the runs of x[0] to x[n-1]; x[-1] is the sample before, if r says so.
void sound_runs_measure(sound_runs *r, const sound_kernels *k, const float *x, int n, sound_channel *into);

// sound_tops_measure fills in clipped and clip_run. It reads 1 sample before x.
void sound_tops_measure(const sound_kernels *k, const float *x, int n, const sound_levels *l, sound_channel *into);

// click.c

typedef struct {
	int blocks;                       // measured since the last break, up to 2
	float peak[2 * SOUND_SLICES];     // largest |fourth difference| of each slice: last block, this one
	float square[2 * SOUND_SLICES];   // mean square of it
} sound_clicks;

// sound_clicks_measure fills in click and click_peak. It reads 4 samples before x.
void sound_clicks_measure(sound_clicks *c, const sound_kernels *k, const float *x, int n, sound_channel *into);

// shape.c

// sound_slices_measure fills in the slices.
void sound_slices_measure(const sound_kernels *k, const float *x, int n, sound_channel *into);

// sound_tone_measure fills in tone and rest. It reads SOUND_HISTORY samples before x.
void sound_tone_measure(const sound_kernels *k, const float *x, int n, int rate, sound_channel *into);

// hum.c

enum { SOUND_TONES = 12 };

typedef struct {
	int every;                     // samples that make one sample of the slow signal
	int window;                    // slow samples in a second
	float *taper;                  // Hann, window values; owned
	double factor[SOUND_TONES];    // 2 cos w of each Goertzel filter
	double scale[SOUND_TONES];     // from its magnitude to an RMS amplitude
} sound_hum;

typedef struct {
	int have, filled;                        // samples in the slow sample now made, slow samples in the window
	double level, ramp, ramp_before;         // sums of x and of i*x over the slow sample, and that of the one before
	double s1[SOUND_TONES], s2[SOUND_TONES]; // Goertzel states
	double hum50, hum60, around;             // of the last full second
} sound_hum_channel;

// sound_hum_init returns 0, or -1 where there is no memory. sound_hum_clear gives it back.
int sound_hum_init(sound_hum *h, int rate);
void sound_hum_clear(sound_hum *h);
void sound_hum_measure(const sound_hum *h, sound_hum_channel *c, const float *x, int n, sound_channel *into);

// loudness.c

enum { SOUND_SHORT = 150 }; // blocks in the short-term window: 3 s

typedef struct {
	ebur128_state *state;         // owned; NULL where no channel is weighted
	float *frames;                // owned; one block, interleaved
	int from[SOUND_CHANNELS];     // the channels that are weighted
	int channels;
	int blocks;                   // since what is gated was updated
	int next;                     // entry of energy
	double energy[SOUND_SHORT];   // weighted mean square of each block
	double momentary, short_term, integrated, range;
} sound_loudness;

// sound_loudness_init returns 0, or -1 where there is no memory or libebur128 refuses.
int sound_loudness_init(sound_loudness *l, const sound_setup *setup);
void sound_loudness_clear(sound_loudness *l);
void sound_loudness_measure(sound_loudness *l, float *const *line, int n, sound_block *into);

#endif
