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
	// early is how far behind the others a rendition may begin; it is dropped up to there.
	early = 200 * time.Millisecond
	// mostDropped bounds that.
	mostDropped = 30 * time.Second
)

// pacer says when each unit of a stream is due: as far after the first one as its decode timestamp
// says. It is one for all renditions, so that sound and picture keep their relation.
type pacer struct {
	mu   sync.Mutex
	zero time.Time // when the schedule begins; it is put off by stalls
	cur  *stretch
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
	p.follow(l, dts, now)
	at := dts + l.run.offset
	if step := at - l.at; step > 0 && step < stepBack {
		l.gap = step
	}
	before := l.at
	l.at, l.last = max(l.at, at), dts
	due := p.zero.Add(at)
	late := now.Sub(due)
	switch {
	case !l.flows && late > early && l.dropped < mostDropped:
		l.dropped += max(at-before, 0)
		return verdict{drop: true}
	case late > tolerated:
		l.flows = true
		p.zero = p.zero.Add(late)
		return verdict{due: now, stalled: true}
	}
	l.flows = true
	return verdict{due: due}
}

// follow finds the run that a timestamp belongs to.
func (p *pacer) follow(l *lane, dts time.Duration, now time.Time) {
	if l.run == nil {
		l.run, l.at = p.cur, now.Sub(p.zero)
		if near := dts + p.cur.offset - l.at; near < -mostDropped || near > mostDropped {
			p.begin(l, dts)
		}
		return
	}
	step := dts - l.last
	if step >= -stepBack && step <= leap+l.missing {
		if step > 0 {
			l.missing = 0
		}
		return
	}
	l.missing = 0
	// Another rendition may have come to the break before.
	if near := dts + p.cur.offset - l.at; l.run != p.cur && near >= -leap && near <= leap {
		l.run = p.cur
		return
	}
	p.begin(l, dts)
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
