package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// DecodeErrors tells that what arrives cannot be decoded, or only with errors.
var DecodeErrors = detectors.Kind{
	Name: "decode-errors",
	Doc: "The decoder refuses packets, or says itself that pictures are damaged: bits that make no sense, references that " +
		"are missing, slices that it had to make up. It is the decoder's own word and needs no look at the picture; a " +
		"decoder may also swallow damage without a word, which is why corruption looks at the picture. The first seconds " +
		"after a feed begins are not counted: a decoder that joins in the middle lacks references at first.",
	Severity: detectors.Major,
	Reads:    detectors.Links | detectors.Pictures,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "share", Default: "1%", Range: "0% to 100%", Doc: "Share of pictures that may be damaged or refused, over 5 s."},
	},
	New: newDecodeErrors,
}

const (
	decodeWindow = 5 * time.Second
	// joining is how long a decoder that joins in the middle may lack references.
	joining = 2 * time.Second
	// leastErrors is how many make a share at all: one may be a splice.
	leastErrors = 2
	// errorsOver is how long no error must have come for them to be over.
	errorsOver = time.Second
	// errorsNow is how long an error stands for errors that go on.
	errorsNow = 300 * time.Millisecond
)

type decodeErrors struct {
	settings struct {
		Share detectors.Ratio `mapstructure:"share"`
	}
	window    window // pictures, bad ones
	linked    bool
	joined    time.Duration // when the decoder did
	started   bool
	last      time.Duration // when something last was bad
	seen      time.Duration // when a picture last was measured
	pictures  bool          // there are some that can tell
	refused   bool          // as last said, and not only damaged
	refusedAt time.Duration
}

func newDecodeErrors(decode func(any) error) (detectors.Detector, error) {
	d := &decodeErrors{}
	d.settings.Share = 0.01
	d.window.length = decodeWindow
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("share", d.settings.Share, 0, 1)
}

func (d *decodeErrors) Judge(s detectors.Sample) detectors.Verdict {
	if !d.started {
		d.started, d.joined = true, s.At
	}
	if s.Link != nil {
		return d.link(s)
	}
	if s.Picture == nil || s.Picture.Damage == nil {
		return detectors.Verdict{}
	}
	bad := 0.0
	if damage := s.Picture.Damage; damage.Errors || damage.Concealed > 0 {
		bad = 1
	}
	d.pictures, d.seen = true, s.At
	return d.judge(s.At, 1, bad)
}

// link judges what the decoder refused, which no picture tells of.
func (d *decodeErrors) link(s detectors.Sample) detectors.Verdict {
	d.linked = true
	l := s.Link
	if !l.Up || l.Decoder != detectors.DecoderRunning {
		d.joined = s.At
		d.window.clear()
		return detectors.Verdict{}
	}
	if l.Errors > 0 {
		d.refused, d.refusedAt = true, s.At
	}
	if l.Errors == 0 && d.window.count == 0 && l.Video+l.Audio == 0 {
		return detectors.Verdict{}
	}
	came := 0.0
	if !d.pictures || s.At-d.seen > errorsOver { // none is measured: packets stand for them
		came = float64(l.Video + l.Audio)
	}
	return d.judge(s.At, came+float64(l.Errors), float64(l.Errors))
}

// judge adds what came, and how much of it was bad.
func (d *decodeErrors) judge(at time.Duration, came, bad float64) detectors.Verdict {
	if at-d.joined < joining {
		return detectors.Verdict{}
	}
	if bad > 0 {
		d.last = at
	}
	d.window.add(at, 0, came, bad)
	sum := d.window.sum().counts
	if sum[0] == 0 {
		return detectors.Verdict{}
	}
	of := sum[1] / sum[0]
	score := share(of, d.settings.Share)
	switch quiet := at - d.last; {
	case sum[1] < leastErrors || of <= float64(d.settings.Share) || quiet >= errorsOver:
		return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5), Lasted: max(quiet, 0)}
	case quiet >= errorsNow:
		return detectors.Verdict{} // it may be over
	}
	began := d.window.oldest(func(c [4]float64) bool { return c[1] > 0 })
	detail := "the decoder says that pictures are damaged"
	if d.refused && at-d.refusedAt < decodeWindow {
		detail = "the decoder refuses what arrives"
	}
	return detectors.Verdict{State: detectors.Present, Score: score, Detail: detail, Lasted: at - began}
}
