// The arithmetic of the PCM meter: one call a block of sound. See sound.go for what it is for.
#ifndef VEDETTE_SOUND_METER_H
#define VEDETTE_SOUND_METER_H

#include <stdint.h>

enum {
	SOUND_CHANNELS = 16, // at most
	SOUND_PAIRS = 8,     // at most
	SOUND_SLICES = 20,   // a block is cut into, each 1 ms
};

// How a channel counts in the loudness: ITU-R BS.1770-4, tables 3 and 4.
enum { SOUND_APART, SOUND_FRONT, SOUND_SURROUND };

// What to measure: given once.
typedef struct {
	int rate;                   // samples a second
	int channels;               // 1 to SOUND_CHANNELS
	int longest;                // samples of the longest block
	int weight[SOUND_CHANNELS]; // in the loudness: one of the below
	int pairs;                  // 0 to SOUND_PAIRS
	int pair[SOUND_PAIRS][2];   // channel numbers
} sound_setup;

// What was measured of one channel; the fields are those of detectors.Channel.
typedef struct {
	double peak, true_peak, rms, dc;
	double click, click_peak;
	double hum50, hum60, around;
	double tone, rest;
	uint8_t slices[SOUND_SLICES];
	int64_t zero_run, repeat_run;
	int overs, near_peak, invalid, clipped, clip_run, zeros;
} sound_channel;

typedef struct {
	double correlation, difference;
	int identical;
} sound_pair;

typedef struct {
	sound_channel channel[SOUND_CHANNELS];
	sound_pair pair[SOUND_PAIRS];
	double momentary, short_term, integrated, range; // LUFS, -INFINITY for none; LU
	int updated;                                     // integrated and range take in this block
} sound_block;

typedef struct sound_meter sound_meter;

// sound_new makes a meter, which the caller owns and gives back to sound_free. NULL: no memory, or
// libebur128 refuses the rate.
sound_meter *sound_new(const sound_setup *setup);

// sound_free takes a meter back; NULL is allowed.
void sound_free(sound_meter *m);

// sound_line is where the caller writes the next block of a channel, setup.longest samples at most,
// before sound_measure. The memory belongs to the meter. sound_measure writes to it.
float *sound_line(sound_meter *m, int channel);

// sound_measure reduces the n samples (1 to setup.longest) in each line. The result belongs to the
// meter and stays valid until the next call.
const sound_block *sound_measure(sound_meter *m, int n);

// sound_break says that the next block does not follow the last one: runs, filters and neighbours
// start anew. Loudness goes on.
void sound_break(sound_meter *m);

// sound_alive counts the meters that were made and not freed, in the whole process.
int sound_alive(void);

#endif
