package hls

import (
	"sync"
	"time"
)

const (
	// leap is how far timestamps may step ahead before they are taken to begin anew, and stepBack
	// how far back.
	leap     = 10 * time.Second
	stepBack = time.Second
	// tolerated is how late a unit may be before the schedule of all that follow is put off: what the
	// machine or the network held up for less is caught up with.
	tolerated = time.Second
	// early is how far behind the others a rendition may begin; it is dropped up to there, as it is
	// where it falls behind them by more than is tolerated.
	early = 200 * time.Millisecond
	// mostDropped is how much is dropped before it is hopeless.
	mostDropped = 30 * time.Second
)

// pacer says when each unit of a stream is due: as far after the first one as its decode timestamp
// says. It is one for all renditions, so that sound and picture keep their relation.
type pacer struct {
	mu    sync.Mutex
	zero  time.Time // when the schedule begins; it is put off by stalls
	cur   *stretch
	front time.Duration // the furthest that a unit was let go, on the schedule
}

// stretch is a run of timestamps without a break.
type stretch struct{ offset time.Duration } // from timestamps to the schedule

// lane is one rendition on the schedule.
type lane struct {
	run     *stretch
	last    time.Duration // timestamp
	at, gap time.Duration // on the schedule; the last step of it
	flows   bool
	dropped time.Duration
	missing time.Duration // media that is known to be missing before the next unit
}

// verdict is what becomes of a unit.
type verdict struct {
	due     time.Time
	drop    bool
	stalled bool // the schedule was put off for it
}

// plan says when a unit with this decode timestamp is due.
func (p *pacer) plan(l *lane, dts time.Duration, now time.Time) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cur == nil {
		p.zero, p.cur = now, &stretch{-dts}
	}
	advance := p.follow(l, dts, now)
	at := dts + l.run.offset
	if step := at - l.at; step > 0 && step < stepBack {
		l.gap = step
	}
	l.at, l.last = max(l.at, at), dts
	late := now.Sub(p.zero.Add(at))
	behind := late > tolerated && at < p.front-tolerated // and the others are not
	switch {
	case (behind || !l.flows && late > early) && l.dropped < mostDropped:
		l.dropped += advance
		return verdict{drop: true}
	case behind || !l.flows && late > early:
		// It will not catch up. Better apart from the others than not at all.
		at = now.Sub(p.zero)
		l.run, l.at = &stretch{at - dts}, at
	case late > tolerated:
		p.zero = p.zero.Add(late)
		l.flows, l.dropped = true, 0
		return verdict{due: now, stalled: true}
	}
	l.flows, l.dropped = true, 0
	p.front = max(p.front, at)
	return verdict{due: p.zero.Add(at)}
}

// follow finds the run that a timestamp belongs to, and returns how much media lies before it.
func (p *pacer) follow(l *lane, dts time.Duration, now time.Time) (advance time.Duration) {
	if l.run == nil {
		l.run, l.at = p.cur, now.Sub(p.zero)
		if near := dts + p.cur.offset - l.at; near < -mostDropped || near > mostDropped {
			p.begin(l, dts)
		}
		return 0
	}
	step := dts - l.last
	if step >= -stepBack && step <= leap+l.missing {
		if step > 0 {
			l.missing = 0
		}
		return max(step, 0)
	}
	l.missing = 0
	// Another rendition may have come to the break before.
	if near := dts + p.cur.offset - l.at; l.run != p.cur && near >= -leap && near <= leap {
		l.run = p.cur
		return 0
	}
	p.begin(l, dts)
	return 0
}

// begin starts a run that follows what the rendition has played.
func (p *pacer) begin(l *lane, dts time.Duration) {
	p.cur = &stretch{l.at + l.gap - dts}
	l.run = p.cur
}

// position returns how much has been played.
func (p *pacer) position(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cur == nil {
		return 0
	}
	return now.Sub(p.zero)
}

// nudge puts the schedule off, or draws it in.
func (p *pacer) nudge(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.zero = p.zero.Add(d)
}
