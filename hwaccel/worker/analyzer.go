package worker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

// SoundMeter cuts decoded sound into blocks and measures each. The block given to emit is used
// again for the next one.
type SoundMeter interface {
	Measure(pcm *hwaccel.PCM, emit func(at time.Duration, block *detectors.Sound)) error
	Close()
}

// Backends are the parts that touch C, handed in by the program that links them.
type Backends struct {
	Decoder func(format capture.Format, threads int) (hwaccel.Decoder, error)
	Picture func() hwaccel.Meter
	Sound   func(rate int, layout string, channels int) (SoundMeter, error)
}

// analyzer turns the packets of one feed into samples: decode, measure, reduce. It follows one
// video and one audio track, the first of each that it meets.
type analyzer struct {
	backends Backends
	threads  int
	bare     bool // decode only
	emit     func(detectors.Sample) error

	tracks map[capture.Media]*track
	report Report
	failed error // the first error of emit; everything after it is in vain

	picture   hwaccel.Meter
	sums      hwaccel.Sums
	reduced   detectors.Picture
	previous  *hwaccel.Frame
	before    *hwaccel.Frame
	pictureAt time.Duration
	sound     SoundMeter
	pcm       pcmFormat
	soundAt   time.Duration
}

// track is one track with the decoder that its format asked for; nil where none could be opened.
type track struct {
	number  int
	format  capture.Format
	decoder hwaccel.Decoder

	unmeasured string // why it is not, one line
}

type pcmFormat struct {
	rate, channels int
	layout         string
}

func newAnalyzer(backends Backends, threads int, bare bool, emit func(detectors.Sample) error) *analyzer {
	return &analyzer{
		backends: backends, threads: threads, bare: bare, emit: emit,
		tracks:    map[capture.Media]*track{},
		picture:   backends.Picture(),
		pictureAt: -1, soundAt: -1,
	}
}

// take decodes one packet and emits the samples that come of it. Its error is the end of the
// conversation; damage in the media is counted instead.
func (a *analyzer) take(p *capture.Packet) error {
	t := a.tracks[p.Format.Media]
	switch {
	case t == nil:
		t = &track{number: p.Track}
		a.tracks[p.Format.Media] = t
		a.open(t, p.Format)
	case t.number != p.Track:
		return nil // another language or angle: one of each is watched
	case t.format != p.Format:
		a.drain(t)
		a.open(t, p.Format)
	}
	if t.decoder != nil {
		a.report.Bytes += uint64(len(p.Data))
		a.decode(t, p)
	}
	return a.failed
}

// open gives the track the decoder for its format. Where there is none the other track goes on,
// and the report says what is not measured.
func (a *analyzer) open(t *track, format capture.Format) {
	if t.decoder != nil {
		t.decoder.Close()
	}
	t.format = format
	decoder, err := a.backends.Decoder(format, a.threads)
	if err != nil {
		t.decoder = nil
		a.unmeasured(format.Media, fmt.Sprintf("%s cannot be decoded: %v", format.Media, err))
		return
	}
	t.decoder = decoder
	a.unmeasured(format.Media, "")
	a.forgetPictures(format.Media)
}

// forgetPictures drops what the next picture would be compared with, after a change of format.
func (a *analyzer) forgetPictures(media capture.Media) {
	if media != capture.Video {
		return
	}
	for _, frame := range []*hwaccel.Frame{a.previous, a.before} {
		if frame != nil {
			frame.Release()
		}
	}
	a.previous, a.before = nil, nil
}

func (a *analyzer) decode(t *track, p *capture.Packet) {
	err := t.decoder.Decode(p, a.measurePicture, a.measureSound)
	if err != nil {
		a.report.Errors++
		a.report.LastError = oneLine(err.Error())
	}
}

func (a *analyzer) drain(t *track) {
	if t.decoder != nil {
		a.decode(t, nil)
	}
}

// drainAll gives out what the decoders still hold, at the end of the input.
func (a *analyzer) drainAll() error {
	for _, media := range []capture.Media{capture.Video, capture.Audio} {
		if t := a.tracks[media]; t != nil {
			a.drain(t)
		}
	}
	return a.failed
}

// measurePicture reduces one frame where it lies and keeps it for the two frames after it.
func (a *analyzer) measurePicture(frame *hwaccel.Frame) {
	if a.failed != nil {
		frame.Release()
		return
	}
	a.report.Pictures++
	a.report.Width, a.report.Height = frame.Width, frame.Height
	at := a.stamp(&a.pictureAt, frame.At, frame.Duration)
	if a.bare {
		frame.Release()
		return
	}
	before := a.before
	if !frame.Interlaced {
		before = nil // only fields are compared with it, and it is one more picture to read
	}
	if err := a.picture.Measure(frame, a.previous, before, &a.sums); err != nil {
		a.refuse(capture.Video, err)
		frame.Release()
		return
	}
	hwaccel.Reduce(&a.sums, frame, &a.reduced)
	a.send(detectors.Sample{At: at, Picture: &a.reduced})
	if a.before != nil {
		a.before.Release()
	}
	a.before, a.previous = a.previous, frame
}

func (a *analyzer) measureSound(pcm *hwaccel.PCM) {
	if a.failed != nil {
		return
	}
	now := pcmFormat{pcm.Rate, len(pcm.Channels), pcm.Layout}
	if a.sound == nil || now != a.pcm {
		if !a.openSound(now) {
			return
		}
	}
	a.report.SampleRate, a.report.Channels = pcm.Rate, len(pcm.Channels)
	if a.bare {
		return
	}
	err := a.sound.Measure(pcm, func(at time.Duration, block *detectors.Sound) {
		a.report.Sounds++
		a.send(detectors.Sample{At: a.stamp(&a.soundAt, at, block.Duration), Sound: block})
	})
	if err != nil {
		a.refuse(capture.Audio, err)
	}
}

func (a *analyzer) openSound(format pcmFormat) bool {
	if a.sound != nil {
		a.sound.Close()
		a.sound = nil
	}
	meter, err := a.backends.Sound(format.rate, format.layout, format.channels)
	if err != nil {
		a.refuse(capture.Audio, err)
		return false
	}
	a.sound, a.pcm = meter, format
	return true
}

// stamp gives a measurement its place on the feed's clock: as the packet had it, or where it had
// none one duration after the one before; never before the one before.
func (a *analyzer) stamp(last *time.Duration, at, duration time.Duration) time.Duration {
	if at == capture.NoTime {
		at = max(*last, 0) + duration
		if *last < 0 {
			at = 0
		}
	}
	*last = max(at, *last)
	return *last
}

// refuse notes that something cannot be measured; the rest of the feed goes on.
func (a *analyzer) refuse(media capture.Media, err error) {
	a.report.Errors++
	a.report.LastError = oneLine(err.Error())
	if errors.Is(err, hwaccel.ErrUnsupported) {
		a.unmeasured(media, fmt.Sprintf("%s cannot be measured: %v", media, err))
	}
}

// unmeasured notes why a track is not measured, or that it is.
func (a *analyzer) unmeasured(media capture.Media, why string) {
	a.tracks[media].unmeasured = oneLine(why)
	var all []string
	for _, m := range []capture.Media{capture.Video, capture.Audio} {
		if t := a.tracks[m]; t != nil && t.unmeasured != "" {
			all = append(all, t.unmeasured)
		}
	}
	a.report.Unmeasured = strings.Join(all, "; ")
}

func (a *analyzer) send(s detectors.Sample) {
	if err := a.emit(s); err != nil && a.failed == nil {
		a.failed = err
	}
}

// paths tells how each track is decoded, for operators.
func (a *analyzer) paths() []string {
	var paths []string
	for _, media := range []capture.Media{capture.Video, capture.Audio} {
		if t := a.tracks[media]; t != nil && t.decoder != nil {
			paths = append(paths, t.decoder.Path())
		}
	}
	return paths
}

func (a *analyzer) close() {
	a.forgetPictures(capture.Video)
	for _, t := range a.tracks {
		if t.decoder != nil {
			t.decoder.Close()
		}
	}
	if a.sound != nil {
		a.sound.Close()
	}
}
