package detectors

import "time"

// Sound is a block of sound, 20 ms long, reduced to what detectors read. Amplitudes are linear
// with full scale at 1; runs and counts are in samples. A Sound that is carried further than the
// call that hands it over must be copied with its slices: the meter writes the next block into it.
type Sound struct {
	Rate     int           // samples a second
	Duration time.Duration // of the block
	Layout   string        // libavutil's name of the channel layout
	Broken   bool          // sound is missing, or its clock jumped, between the block before and this one
	Channels []Channel
	Pairs    []Pair // channels that belong together, such as left and right
	Loudness Loudness
}

// Channel is what was measured of one channel of a block.
type Channel struct {
	Name     string  // libavutil's name of the channel, "FL"; a number from 1 where the layout names none
	Peak     float64 // largest absolute sample
	TruePeak float64 // largest absolute value between the samples too: ITU-R BS.1770-4 Annex 2
	RMS      float64 // root mean square
	DC       float64 // mean
	Overs    int     // samples at or over full scale
	NearPeak int     // samples within 10 % of Peak: many where a lossy codec followed a limiter or a clipper
	Invalid  int     // samples that are no sound (NaN, infinite, over a million times full scale), taken as 0

	// A flat top is three or more samples in a row at the block's highest or lowest value, which
	// the wave reaches or leaves by a step: a wave that was cut off, at full scale or below it.
	Clipped int // samples in flat tops
	ClipRun int // the longest flat top

	// Runs count on over the borders of blocks: their length is that of the run up to its end or
	// the end of the block, whatever block it began in.
	Zeros     int // samples that are exactly 0
	ZeroRun   int // longest run of samples that are exactly 0
	RepeatRun int // longest run of samples that equal the one before, 0 or not; 1 where none does

	// Click is how far the largest fourth difference stands out from the fourth differences of the
	// 10 ms on either side (a ratio of amplitudes), and ClickPeak the height of the single wrong
	// sample that would explain it. They speak of the 20 ms that ended 10 ms before the block's
	// end. White noise stays below 6.
	Click, ClickPeak float64

	// Mains hum: amplitudes (RMS) of the whole last second of sound, 0 until there is one.
	Hum Hum

	Tone Tone

	// Slices is the course of the block: the RMS of each twentieth (1 ms) in half decibels, 255 at
	// full scale and above, 0 at -127.5 dBFS and below.
	Slices [20]uint8
}

// Tone is the one sine that explains a block best.
type Tone struct {
	Frequency float64 // Hz; means something only where Rest is small
	Rest      float64 // what it does not explain against what it does, 0 for a sine: about 1.4 for white noise
}

// Hum is the amplitude (RMS) of mains hum in the last second of a channel: fundamental, second and
// third harmonic together. Around is what the same arithmetic finds beside those frequencies, the
// larger of both: hum stands far above it, music and speech do not.
type Hum struct {
	At50, At60, Around float64
}

// Pair is what two channels that belong together have in common.
type Pair struct {
	A, B        int     // indices in Channels
	Correlation float64 // of the samples, -1 to 1; 0 where either channel is silent
	Difference  float64 // root mean square of A minus B
	Identical   bool    // not one sample differs
}

// Loudness is the K-weighted loudness of ITU-R BS.1770-4 and EBU R 128 at the end of the block, in
// LUFS, of all channels that count. -Inf stands for no loudness at all: silence, or everything
// gated.
type Loudness struct {
	Measured   time.Duration // sound that went in; below 400 ms and 3 s the next two read low
	Momentary  float64       // the last 400 ms
	ShortTerm  float64       // the last 3 s
	Updated    bool          // the rest took in this block, which ends a gating block: every 100 ms
	Integrated float64       // gated, over all that was measured; good to 0.05 LU
	Range      float64       // loudness range of EBU Tech 3342 over all that was measured, LU
}
