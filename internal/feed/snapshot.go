package feed

import (
	"math"
	"strings"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/status"
)

// snapshot is the feed as the API shows it.
func (f *Feed) snapshot(now time.Time) *status.Feed {
	l, process := f.link, f.worker.State()
	s := &status.Feed{
		Name: f.Name, Source: f.Shown, Peer: l.facts.Peer,
		Packets: l.total.packets, Bytes: l.total.bytes, Lost: l.total.lost, Dropped: l.total.dropped,
		Jumps: l.total.jumps, DecodeErrors: l.total.errors,
		Pictures: l.total.pictures, Sounds: l.total.sounds,
		BitRate: l.rates.kbits, FrameRate: l.rates.frames, LastPicture: l.picture,
		Skew:   status.Seconds(f.Timeline.Skew()),
		Worker: status.Worker{PID: process.PID, Restarts: uint64(process.Restarts), Placement: "cpu"},
		Tracks: f.tracks(), Behind: status.Seconds(l.behind),
	}
	if n := l.facts; n.Received > 0 {
		s.Network = &status.Network{
			Received: n.Received, Missing: n.Missing, Recovered: n.Recovered, Late: n.Late,
			Requests: n.Requests, Refreshes: n.Refreshes, Jitter: status.Seconds(n.Jitter),
			RoundTrip: status.Seconds(n.RoundTrip), Latency: status.Seconds(n.Latency), State: n.State,
		}
	}
	if l.peak > 0 {
		s.TruePeak = new(20 * math.Log10(l.peak))
	}
	if l.loudness != 0 && !math.IsInf(l.loudness, 0) {
		s.Loudness = new(l.loudness)
	}
	s.State, s.Reason = f.state(process)
	if before := f.status.Load(); before.State == s.State {
		s.Since = before.Since
	} else {
		s.Since = now
	}
	f.judged(s)
	return s
}

// state says in one word where the feed stands.
func (f *Feed) state(process worker.State) (status.State, string) {
	l := f.link
	l.mu.Lock()
	reason, seen := l.reason, len(l.tracks) > 0
	l.mu.Unlock()
	if _, tells := l.source.(capture.Teller); tells && reason == "" && !l.facts.Up {
		reason = l.facts.Reason
	}
	switch {
	case process.Decoder == detectors.DecoderParked:
		return status.Parked, process.Reason
	case reason == "":
		return status.Up, ""
	case !seen:
		return status.Waiting, reason
	}
	return status.Down, reason
}

// tracks describes what comes in, with what the worker found in it.
func (f *Feed) tracks() []status.Track {
	report := f.report.Load()
	if report == nil {
		report = &worker.Report{}
	}
	f.link.mu.Lock()
	defer f.link.mu.Unlock()
	tracks := []status.Track{}
	for _, media := range []capture.Media{capture.Video, capture.Audio} {
		format, ok := f.link.tracks[media]
		if !ok {
			continue
		}
		t := status.Track{Media: media.String(), Codec: string(format.Codec)}
		for _, path := range report.Paths { // that of the video first, where there are both
			if strings.HasPrefix(path, t.Codec) && (t.Path == "" || media == capture.Audio) {
				t.Path = path
			}
		}
		if media == capture.Video {
			t.Width, t.Height = report.Width, report.Height
			if format.FrameDuration > 0 {
				t.FrameRate = time.Second.Seconds() / format.FrameDuration.Seconds()
			}
		} else {
			t.SampleRate, t.Channels = report.SampleRate, report.Channels
		}
		tracks = append(tracks, t)
	}
	return tracks
}

// judged adds what the detectors say.
func (f *Feed) judged(s *status.Feed) {
	s.Detectors, s.Open = []status.Detector{}, []string{}
	for _, k := range f.bank.States() {
		s.Detectors = append(s.Detectors, status.Detector{
			Kind: k.Kind, State: k.State.String(), Score: k.Score, Detail: k.Detail, Open: k.Incident != "",
		})
		if k.Incident != "" {
			s.Open = append(s.Open, k.Incident)
		}
	}
}
