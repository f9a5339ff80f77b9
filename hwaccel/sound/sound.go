// Package sound is the PCM meter: it cuts sound into blocks of 20 ms and reduces each to a
// [detectors.Sound]. The arithmetic is in C (meter.h), one call a block; loudness is libebur128's.
//
// # Time
//
// Blocks are cut by counting samples, so that each is 20 ms long to the sample on average (at
// 11025 Hz, blocks of 220 and 221 samples take turns). The count is anchored on the time of the first
// PCM. A decoder's times that stay within 15 ms of the count are taken for jitter and drift, which
// the count follows slowly; beyond that, sound is missing or the clock jumped: the block begun is
// thrown away, the next one starts at the new time, has Broken set, and does not look back over the
// gap. Times of blocks never go backwards: if the sound's do, blocks go on from the end of the last.
//
// # Memory
//
// The meter's memory is C memory, given back by Close; [Alive] tells whether all of it was. The
// samples of a PCM are copied once, and nothing is allocated while measuring.
package sound

/*
#cgo pkg-config: libebur128
#cgo CFLAGS: -std=c11 -O2 -Wall -Wextra -Wno-psabi
#cgo LDFLAGS: -lm
#include "meter.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

// The sample rates and channel counts that a Meter takes.
const (
	MinRate     = 4000
	MaxRate     = 384000
	MaxChannels = int(C.SOUND_CHANNELS)
)

// Meter measures the sound of one track in one format. One goroutine at a time.
type Meter struct {
	c        *C.sound_meter // nil once closed
	rate     int
	layout   string
	lines    [][]float32 // C memory of the block to be filled, a slice a channel
	have     int         // samples in each line
	clock    clock
	measured int64 // samples that went into the loudness
	sound    detectors.Sound
}

// New makes a meter for sound of one sample rate (Hz), channel layout (libavutil's name, "stereo",
// "5.1(side)", or "FL+FR+LFE"; empty, or "6 channels", where nobody knows) and number of channels.
// The layout decides which channels are pairs and how each counts in the loudness. Close it after use.
func New(rate int, layout string, channels int) (*Meter, error) {
	if rate < MinRate || rate > MaxRate {
		return nil, fmt.Errorf("measure sound: sample rate %d Hz is outside %d to %d Hz: resample it first", rate, MinRate, MaxRate)
	}
	if channels < 1 || channels > MaxChannels {
		return nil, fmt.Errorf("measure sound: %d channels, can measure 1 to %d: choose some of them", channels, MaxChannels)
	}
	plan, err := planFor(layout, channels)
	if err != nil {
		return nil, fmt.Errorf("measure sound: %w", err)
	}
	m := &Meter{rate: rate, layout: layout, clock: clock{rate: int64(rate)}}
	m.sound = detectors.Sound{
		Rate:     rate,
		Layout:   layout,
		Channels: make([]detectors.Channel, channels),
		Pairs:    make([]detectors.Pair, len(plan.pairs)),
	}
	setup := C.sound_setup{
		rate:     C.int(rate),
		channels: C.int(channels),
		longest:  C.int(rate/blocksASecond + 1),
		pairs:    C.int(len(plan.pairs)),
	}
	for i, ch := range plan.channels {
		m.sound.Channels[i].Name = ch.name
		setup.weight[i] = C.int(ch.weight)
	}
	for i, p := range plan.pairs {
		m.sound.Pairs[i].A, m.sound.Pairs[i].B = p[0], p[1]
		setup.pair[i] = [2]C.int{C.int(p[0]), C.int(p[1])}
	}
	if m.c = C.sound_new(&setup); m.c == nil {
		return nil, fmt.Errorf("measure sound of %d channels at %d Hz: no memory", channels, rate)
	}
	for i := range channels {
		line := (*float32)(unsafe.Pointer(C.sound_line(m.c, C.int(i))))
		m.lines = append(m.lines, unsafe.Slice(line, int(setup.longest)))
	}
	return m, nil
}

// Measure takes the next run of sound and calls emit for each block that it completes, with the time
// of the block's first sample on the feed's clock. The Sound, with its slices, is written again for
// the next block: it is emit's only until emit returns. Samples that do not fill a block wait for the
// next call. A PCM of another format than the meter's, or whose channels differ in length, is refused
// whole, with an error that says so.
func (m *Meter) Measure(pcm *hwaccel.PCM, emit func(at time.Duration, s *detectors.Sound)) error {
	n, err := m.check(pcm)
	if err != nil {
		return fmt.Errorf("measure sound: %w", err)
	}
	if n == 0 {
		return nil
	}
	if m.clock.follow(pcm.At) {
		C.sound_break(m.c)
		m.have = 0
		m.sound.Broken = true
	}
	for done := 0; done < n; {
		want := m.clock.length()
		take := min(want-m.have, n-done)
		for i, line := range m.lines {
			copy(line[m.have:m.have+take], pcm.Channels[i][done:])
		}
		m.have += take
		m.clock.count(take)
		done += take
		if m.have == want {
			m.block(want)
			emit(m.clock.cut(), &m.sound)
			m.have = 0
			m.sound.Broken = false
		}
	}
	return nil
}

// check returns the number of samples in each channel of pcm, if it is what the meter was made for.
func (m *Meter) check(pcm *hwaccel.PCM) (int, error) {
	if m.c == nil {
		return 0, errors.New("the meter is closed")
	}
	if pcm.Rate != m.rate || pcm.Layout != m.layout || len(pcm.Channels) != len(m.lines) {
		return 0, fmt.Errorf("got %d channels (%q) at %d Hz, made for %d channels (%q) at %d Hz: a new format needs a new meter",
			len(pcm.Channels), pcm.Layout, pcm.Rate, len(m.lines), m.layout, m.rate)
	}
	n := len(pcm.Channels[0])
	for i, ch := range pcm.Channels {
		if len(ch) != n {
			return 0, fmt.Errorf("channel %d has %d samples where the first has %d: the decoder is at fault", i+1, len(ch), n)
		}
	}
	return n, nil
}

// block measures the n samples in the lines into m.sound.
func (m *Meter) block(n int) {
	b := C.sound_measure(m.c, C.int(n))
	m.measured += int64(n)
	s := &m.sound
	s.Duration = m.clock.span(int64(n))
	for i := range s.Channels {
		fill(&s.Channels[i], &b.channel[i])
	}
	for i := range s.Pairs {
		p := &b.pair[i]
		s.Pairs[i].Correlation = float64(p.correlation)
		s.Pairs[i].Difference = float64(p.difference)
		s.Pairs[i].Identical = p.identical != 0
	}
	s.Loudness = detectors.Loudness{
		Updated:    b.updated != 0,
		Measured:   m.clock.span(m.measured),
		Momentary:  float64(b.momentary),
		ShortTerm:  float64(b.short_term),
		Integrated: float64(b.integrated),
		Range:      float64(b._range),
	}
}

// fill copies what C measured of one channel; the name stays.
func fill(into *detectors.Channel, from *C.sound_channel) {
	*into = detectors.Channel{
		Name:      into.Name,
		Peak:      float64(from.peak),
		TruePeak:  float64(from.true_peak),
		RMS:       float64(from.rms),
		DC:        float64(from.dc),
		Overs:     int(from.overs),
		NearPeak:  int(from.near_peak),
		Invalid:   int(from.invalid),
		Clipped:   int(from.clipped),
		ClipRun:   int(from.clip_run),
		Zeros:     int(from.zeros),
		ZeroRun:   int(from.zero_run),
		RepeatRun: int(from.repeat_run),
		Click:     float64(from.click),
		ClickPeak: float64(from.click_peak),
		Hum: detectors.Hum{
			At50:   float64(from.hum50),
			At60:   float64(from.hum60),
			Around: float64(from.around),
		},
		Tone: detectors.Tone{Frequency: float64(from.tone), Rest: float64(from.rest)},
	}
	for i, level := range from.slices {
		into.Slices[i] = uint8(level)
	}
}

// Close gives the meter's memory back. It may be called again.
func (m *Meter) Close() {
	C.sound_free(m.c)
	m.c, m.lines = nil, nil
}

// Alive returns how many meters of this process are not closed: what a test of whoever makes meters
// compares with 0.
func Alive() int { return int(C.sound_alive()) }
