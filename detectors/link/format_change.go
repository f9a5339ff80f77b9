package link

import (
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// FormatChange tells that the picture or the sound is made differently from before.
var FormatChange = detectors.Kind{
	Name: "format-change",
	Doc: "The size of the picture, its depth, range or transfer (SDR, HLG, PQ), the sample rate or the channels of the " +
		"sound, or a codec is another than before, and stays so for a moment. The detail says from what to what. It is an " +
		"event: the incident closes by itself. Publishers by WebRTC change the size to fit the line, and that is told too.",
	Severity: detectors.Info,
	Reads:    detectors.Links | detectors.Pictures | detectors.Sounds,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	New: func(decode func(any) error) (detectors.Detector, error) {
		return &formatChange{}, decode(&struct{}{})
	},
}

// formatSettle is how long a format must stay to be one: decoders find out about some, such as
// the channels of HE-AAC, only after a few blocks.
const formatSettle = 500 * time.Millisecond

type formatChange struct {
	picture settled[pictureFormat]
	sound   settled[soundFormat]
	video   settled[string] // codec
	audio   settled[string]
}

type pictureFormat struct {
	width, height, depth int
	full                 bool
	transfer             string
}

type soundFormat struct {
	rate, channels int
	layout         string
}

// settled is a format, and another one that may be about to follow it.
type settled[F comparable] struct {
	known    bool
	is, next F
	since    time.Duration // of next
	from     F             // before the last change
}

// step notes the format of a sample and tells whether it has changed, and for how long it has.
func (f *settled[F]) step(at time.Duration, now F) (changed bool, lasted time.Duration) {
	switch {
	case !f.known && f.next != now:
		f.next, f.since = now, at
	case f.known && now == f.is:
		f.next = f.is
	case f.next != now:
		f.next, f.since = now, at
	}
	if f.known && f.next == f.is || at-f.since < formatSettle {
		return false, 0
	}
	changed = f.known
	f.from, f.is, f.known = f.is, f.next, true
	return changed, at - f.since
}

func (d *formatChange) Judge(s detectors.Sample) detectors.Verdict {
	var changes []string
	var lasted time.Duration
	note := func(changed bool, since time.Duration, describe func() string) {
		if changed {
			changes, lasted = append(changes, describe()), max(lasted, since)
		}
	}
	if p := s.Picture; p != nil {
		changed, since := d.picture.step(s.At, pictureFormat{p.Width, p.Height, p.Depth, p.Full, transfer(p.Transfer)})
		note(changed, since, func() string { return "picture " + d.picture.from.to(d.picture.is) })
	}
	if b := s.Sound; b != nil && len(b.Channels) > 0 {
		changed, since := d.sound.step(s.At, soundFormat{b.Rate, len(b.Channels), b.Layout})
		note(changed, since, func() string { return "sound " + d.sound.from.to(d.sound.is) })
	}
	if l := s.Link; l != nil {
		if c := l.VideoTime.Codec; c != "" {
			changed, since := d.video.step(s.At, c)
			note(changed, since, func() string { return "video " + d.video.from + " to " + d.video.is })
		}
		if c := l.AudioTime.Codec; c != "" {
			changed, since := d.audio.step(s.At, c)
			note(changed, since, func() string { return "audio " + d.audio.from + " to " + d.audio.is })
		}
	}
	switch {
	case len(changes) > 0:
		return detectors.Verdict{State: detectors.Present, Score: 1, Detail: strings.Join(changes, ", "), Lasted: lasted}
	case !d.picture.known && !d.sound.known && !d.video.known && !d.audio.known:
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear}
}

// transfer groups the transfers of ITU-T H.273 by how far apart they look: what is not said is SDR.
func transfer(code uint8) string {
	switch code {
	case 16:
		return "PQ"
	case 18:
		return "HLG"
	}
	return "SDR"
}

// to says what differs between two formats.
func (f pictureFormat) to(g pictureFormat) string {
	var parts []string
	if f.width != g.width || f.height != g.height {
		parts = append(parts, fmt.Sprintf("%dx%d to %dx%d", f.width, f.height, g.width, g.height))
	}
	if f.depth != g.depth {
		parts = append(parts, fmt.Sprintf("%d bit to %d bit", f.depth, g.depth))
	}
	if f.full != g.full {
		parts = append(parts, rangeName(f.full)+" to "+rangeName(g.full)+" range")
	}
	if f.transfer != g.transfer {
		parts = append(parts, f.transfer+" to "+g.transfer)
	}
	return strings.Join(parts, ", ")
}

func rangeName(full bool) string {
	if full {
		return "full"
	}
	return "limited"
}

// to says what differs between two formats.
func (f soundFormat) to(g soundFormat) string {
	var parts []string
	if f.layout != g.layout || f.channels != g.channels {
		parts = append(parts, f.channelsName()+" to "+g.channelsName())
	}
	if f.rate != g.rate {
		parts = append(parts, fmt.Sprintf("%d Hz to %d Hz", f.rate, g.rate))
	}
	return strings.Join(parts, ", ")
}

func (f soundFormat) channelsName() string {
	if f.layout == "" {
		return fmt.Sprintf("%d channels", f.channels)
	}
	return f.layout
}
