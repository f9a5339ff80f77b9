package ffmpeg

// #include "decoder.h"
import "C"

import (
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
)

// rounding is how far the times of a container may be off: Matroska has whole milliseconds.
const rounding = time.Millisecond

// pcm is what the decoder keeps between two runs of sound, so that none is allocated per run.
type pcm struct {
	out  hwaccel.PCM
	raw  C.ved_sound
	name [64]C.char    // the layout that out.Layout was made from
	next time.Duration // where the run before ended
	have bool
}

func (d *Decoder) nextSound(yield func(*hwaccel.PCM)) C.int {
	s := &d.sound
	if code := C.ved_decoder_sound(d.c, &s.raw); code != 0 {
		return code
	}
	s.fill()
	if !s.trim() || yield == nil {
		return 0
	}
	yield(&s.out)
	return 0
}

// fill points out at the C samples. A run without a time (the second one of a packet) follows the
// run before.
func (s *pcm) fill() {
	r := &s.raw
	n := int(r.samples)
	s.out.Rate = int(r.rate)
	if r.layout != s.name || s.out.Layout == "" {
		s.name = r.layout
		s.out.Layout = C.GoString(&s.name[0])
	}
	s.out.Channels = s.out.Channels[:0]
	for _, c := range unsafe.Slice(r.channels, int(r.count)) {
		s.out.Channels = append(s.out.Channels, unsafe.Slice((*float32)(c), n))
	}
	s.out.At = time.Duration(r.at)
	if s.out.At == capture.NoTime && s.have {
		s.out.At = s.next
	}
	s.have = s.out.At != capture.NoTime
	if s.have {
		s.next = s.out.At + samplesTime(n, s.out.Rate)
	}
}

// trim cuts what lies before time zero, and says whether anything is left.
func (s *pcm) trim() bool {
	if !beforeZero(s.out.At) {
		return true
	}
	if s.out.At > -rounding {
		s.out.At = 0
		return true
	}
	skip := timeSamples(-s.out.At, s.out.Rate)
	if skip >= int(s.raw.samples) {
		return false
	}
	for i := range s.out.Channels {
		s.out.Channels[i] = s.out.Channels[i][skip:]
	}
	s.out.At = max(s.out.At+samplesTime(skip, s.out.Rate), 0)
	return true
}

func samplesTime(n, rate int) time.Duration {
	return time.Duration(float64(n) * float64(time.Second) / float64(rate))
}

// timeSamples rounds to the nearest sample: times are whole nanoseconds, no multiple of a sample.
func timeSamples(t time.Duration, rate int) int {
	n := t.Seconds()*float64(rate) + 0.5
	if n > 1<<30 {
		return 1 << 30
	}
	return int(n)
}
