package link

import (
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// NoSignal tells that nothing, or not all, arrives.
var NoSignal = detectors.Kind{
	Name: "no-signal",
	Doc: "Nothing arrives from the source: it is not connected, or connected and sends nothing, or one of its " +
		"tracks (video or audio that was there) has stopped while the other goes on. The detail gives the " +
		"source's reason. A track counts as stopped after `gap` without a packet, and then from its last packet on.",
	Severity: detectors.Critical,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 2 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "gap", Default: "1s", Range: "100ms to 30s",
			Doc: "Longest time between two packets of a track that is still going on. Raise it for feeds of less than two pictures a second."},
	},
	New: newNoSignal,
}

// firstSegments is how long the first segments of an HLS stream may take.
const firstSegments = 10 * time.Second

type noSignalSettings struct {
	Gap time.Duration `mapstructure:"gap"`
}

type noSignal struct {
	settings     noSignalSettings
	started      bool
	video, audio flow
	all          flow
}

// flow is when something was last seen to arrive.
type flow struct {
	last time.Duration
	seen bool
}

func newNoSignal(decode func(any) error) (detectors.Detector, error) {
	d := &noSignal{settings: noSignalSettings{Gap: time.Second}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("gap", d.settings.Gap, 100*time.Millisecond, 30*time.Second)
}

func (d *noSignal) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil {
		return detectors.Verdict{}
	}
	l := s.Link
	if !d.started {
		// Before the first sample nothing can have been missed.
		d.started = true
		d.all.last = s.At
	}
	d.all.step(s.At, l.Up && (l.Bytes > 0 || l.Video > 0 || l.Audio > 0))
	d.video.step(s.At, l.Video > 0)
	d.audio.step(s.At, l.Audio > 0)
	if !d.all.seen && l.Playlist == detectors.PlaylistLive && s.At-d.all.last < firstSegments {
		return detectors.Verdict{} // the server lists segments; they have yet to be fetched
	}
	if !l.Up {
		return absent(0, "not connected", l.Reason)
	}
	if quiet := s.At - d.all.last; quiet > d.settings.Gap {
		return absent(quiet, "connected, but nothing arrives", l.Reason)
	}
	noVideo := l.WantVideo && d.video.stopped(s.At, d.settings.Gap)
	noAudio := l.WantAudio && d.audio.stopped(s.At, d.settings.Gap)
	switch {
	case noVideo && noAudio:
		return absent(min(s.At-d.video.last, s.At-d.audio.last), "video and audio have stopped", l.Reason)
	case noVideo:
		return absent(s.At-d.video.last, "video has stopped", l.Reason)
	case noAudio:
		return absent(s.At-d.audio.last, "audio has stopped", l.Reason)
	}
	return detectors.Verdict{State: detectors.Clear}
}

func absent(lasted time.Duration, what, reason string) detectors.Verdict {
	if reason = strings.TrimSpace(reason); reason != "" {
		what = fmt.Sprintf("%s: %s", what, reason)
	}
	return detectors.Verdict{State: detectors.Present, Score: 1, Detail: what, Lasted: lasted}
}

func (f *flow) step(at time.Duration, arrives bool) {
	if arrives {
		f.last, f.seen = at, true
	}
}

// stopped tells whether what once arrived has not arrived for longer than gap.
func (f *flow) stopped(at, gap time.Duration) bool { return f.seen && at-f.last > gap }
