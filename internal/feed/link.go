package feed

import (
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// link counts what came in and what became of it. The source's goroutine counts, the judging loop
// reads at each turn.
type link struct {
	source   capture.Source
	recorded bool // the worker reads it; what came in is what was measured

	mu     sync.Mutex     // guards what follows
	now    detectors.Link // since the last turn
	reason string         // why the source is not running; empty while it is
	tracks map[capture.Media]capture.Format
	lines  [2]line // of the timestamps of video and of audio

	// Of the judging loop alone.
	total    totals
	rates    rates
	facts    capture.Facts // at the last turn
	errors   uint64        // of the worker's report at the last turn
	bytes    uint64        // likewise
	restarts int           // of the worker at the last turn
	last     time.Time     // turn
	behind   time.Duration // at the last turn
	picture  time.Time     // when the last one was measured
	peak     float64       // highest true peak, linear
	loudness float64       // integrated, LUFS; 0 while not measured
}

// totals run from the start of the feed.
type totals struct {
	packets, bytes, lost, dropped, jumps, errors uint64
	pictures, sounds                             uint64
}

func newLink(source capture.Source) *link {
	return &link{source: source, tracks: map[capture.Media]capture.Format{}, reason: "not started yet"}
}

// count notes one packet, that came so much ahead of its own time.
func (l *link) count(p capture.Packet, ahead time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now.Bytes += uint64(len(p.Data))
	l.now.Lost += p.Lost
	if p.Jump {
		l.now.Jumps++
	}
	if p.Format.Media == capture.Video {
		l.now.Video++
		l.lines[0].take(p, ahead)
	} else {
		l.now.Audio++
		l.lines[1].take(p, ahead)
	}
	l.tracks[p.Format.Media] = p.Format
}

// contains notes what is in a recording.
func (l *link) contains(c worker.Contents) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range c.Tracks {
		if t.Chosen {
			l.tracks[t.Format.Media] = t.Format
		}
	}
}

// running and broke note that the source runs, or why it does not. broke tells whether the reason
// is a new one.
func (l *link) running() {
	l.mu.Lock()
	l.reason = ""
	l.mu.Unlock()
}

func (l *link) broke(reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.reason != reason
	l.reason = reason
	return news
}

// measured notes a sample.
func (l *link) measured(s detectors.Sample) {
	if s.Picture != nil {
		l.total.pictures++
		l.rates.pictures++
		l.picture = time.Now()
	} else if s.Sound != nil {
		l.total.sounds++
		l.heard(s.Sound)
	}
	if !l.recorded {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.Picture != nil {
		l.now.Video++
	} else if s.Sound != nil {
		l.now.Audio++
	}
}

// heard keeps the levels of the sound so far.
func (l *link) heard(s *detectors.Sound) {
	for i := range s.Channels {
		l.peak = max(l.peak, s.Channels[i].TruePeak)
	}
	if s.Loudness.Updated {
		l.loudness = s.Loudness.Integrated
	}
}

// turn closes the counts of one turn of the feed's clock.
func (l *link) turn(now time.Time, f *Feed) *detectors.Link {
	l.mu.Lock()
	turn := l.now
	l.now = detectors.Link{}
	turn.Reason = l.reason
	_, turn.WantVideo = l.tracks[capture.Video]
	_, turn.WantAudio = l.tracks[capture.Audio]
	turn.VideoTime, turn.AudioTime = l.lines[0].turn(), l.lines[1].turn()
	l.mu.Unlock()

	turn.Interval = turnEvery
	if !l.last.IsZero() {
		turn.Interval = now.Sub(l.last)
	}
	l.last = now
	turn.Up = turn.Reason == ""
	unread := 0 // what arrived and the source did not take in time
	if teller, ok := l.source.(capture.Teller); ok && turn.Up {
		facts := teller.Facts()
		turn.Up, turn.Reason = facts.Up, facts.Reason
		turn.Lost = max(turn.Lost, int(facts.Lost-l.facts.Lost)) // most of them are told by packets too
		turn.Jumps = max(turn.Jumps, int(facts.Jumps-l.facts.Jumps))
		turn.Transport = transport(facts.Transport, l.facts.Transport)
		network(&turn, facts, l.facts)
		unread = int(facts.Dropped - l.facts.Dropped)
		l.facts = facts
	}
	if !turn.Up {
		l.interrupt()
	}
	turn.Skew = f.Timeline.Skew()
	turn.Dropped, turn.Behind = f.queue.turn(now)
	turn.Dropped += unread
	l.behind = turn.Behind
	l.work(&turn, f)
	l.add(turn, now)
	return &turn
}

// work adds what the worker says of itself.
func (l *link) work(turn *detectors.Link, f *Feed) {
	state := f.worker.State()
	turn.Decoder, turn.DecoderReason = state.Decoder, state.Reason
	if state.Restarts > l.restarts && turn.Decoder == detectors.DecoderRunning {
		// It was lost and replaced within one turn; that is told all the same.
		turn.Decoder, turn.DecoderReason = detectors.DecoderLost, state.Loss
	}
	l.restarts = state.Restarts
	report := f.report.Load()
	if report == nil {
		return
	}
	if report.Errors >= l.errors { // a new worker counts from 0
		turn.Errors = int(report.Errors - l.errors)
	}
	l.errors = report.Errors
	if l.recorded && report.Bytes >= l.bytes {
		turn.Bytes += report.Bytes - l.bytes
	}
	l.bytes = report.Bytes
	turn.Unmeasured = report.Unmeasured
}

func (l *link) add(turn detectors.Link, now time.Time) {
	l.total.packets += uint64(turn.Video + turn.Audio)
	l.total.bytes += turn.Bytes
	l.total.lost += uint64(turn.Lost)
	l.total.dropped += uint64(turn.Dropped)
	l.total.jumps += uint64(turn.Jumps)
	l.total.errors += uint64(turn.Errors)
	l.rates.add(turn, now)
}

// ratesOver is how long a bit rate and a frame rate are averaged.
const ratesOver = 2 * time.Second

// rates averages what flows.
type rates struct {
	began    time.Time
	bytes    uint64
	pictures int

	kbits, frames float64 // of the last whole interval, a second
}

func (r *rates) add(turn detectors.Link, now time.Time) {
	if r.began.IsZero() {
		r.began = now
	}
	r.bytes += turn.Bytes
	over := now.Sub(r.began)
	if over < ratesOver {
		return
	}
	r.kbits = float64(r.bytes) * 8 / 1000 / over.Seconds()
	r.frames = float64(r.pictures) / over.Seconds()
	r.began, r.bytes, r.pictures = now, 0, 0
}
