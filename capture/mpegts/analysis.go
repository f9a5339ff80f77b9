package mpegts

import (
	"bytes"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const (
	// hush is how long the whole stream may rest while the intervals within it run on. A longer silence
	// does not count for them: where nothing comes at all, it is not the PAT that is missing.
	hush = 250 * time.Millisecond
	// ageEvery is how often the intervals that still last are looked at.
	ageEvery = 20 * time.Millisecond
	// pcrJump is how much further than time a PCR may step and still be a late one (TR 101 290, 2.3).
	pcrJump = 100 * time.Millisecond
	// pcrAbsent is from when on a PCR that does not come counts by the time of arrival, which jitters.
	pcrAbsent = 500 * time.Millisecond
)

// analysis keeps what TR 101 290 asks of the stream as a whole. Its clock runs with arrival while the
// stream is there.
type analysis struct {
	now     capture.TransportStream
	clock   time.Duration
	arrived time.Time
	aged    time.Duration
	patAt   time.Duration
}

// watch is what the analysis knows of one PID.
type watch struct {
	seen     bool
	excused  bool // the next packet may have any counter
	counter  byte
	repeats  int
	payload  []byte // of the packet before
	last     time.Duration
	stampAt  time.Duration // when the last PTS came; it is waited for where expected
	expected bool          // video or audio of the programme that is watched

	hasPCR bool
	clocks bool // the PCR PID of the programme that is watched
	pcr    int64
	pcrAt  time.Time
	pcrOn  time.Duration // by the analysis' clock
}

func count(e *capture.Errors, pid uint16) {
	e.Count++
	e.PID = pid
}

// longest keeps the longer of two intervals.
func longest(g *capture.Gap, d time.Duration, pid uint16) {
	if d > g.Time {
		*g = capture.Gap{Time: d, PID: pid}
	}
}

// restart begins a session; the counters go on.
func (a *analysis) restart() {
	a.arrived, a.patAt, a.clock, a.aged = time.Time{}, 0, 0, 0
	a.forget()
}

// forget drops the intervals, which are told once.
func (a *analysis) forget() {
	n := &a.now
	n.PATGap, n.PMTGap, n.PIDGap = capture.Gap{}, capture.Gap{}, capture.Gap{}
	n.PCRGap, n.PCRAdvance, n.PTSGap = capture.Gap{}, capture.Gap{}, capture.Gap{}
}

// pass moves the clock.
func (a *analysis) pass(arrived time.Time) {
	if !a.arrived.IsZero() {
		if passed := arrived.Sub(a.arrived); passed > 0 && passed <= hush {
			a.clock += passed
		}
	}
	a.arrived = arrived
}

// due tells whether the intervals that still last are to be looked at.
func (a *analysis) due() bool {
	if a.clock-a.aged < ageEvery {
		return false
	}
	a.aged = a.clock
	return true
}

func (a *analysis) lostSync() { count(&a.now.SyncLosses, 0) }

func (a *analysis) wrongSync() { count(&a.now.SyncBytes, 0) }

// continuity checks the counter of a packet (TR 101 290, 1.4). use is false for a packet that is there
// twice; gap is true where something is missing before it.
func (a *analysis) continuity(on *pid, p packet) (use, gap bool) {
	if p.payload == nil { // the counter rests
		return true, false
	}
	defer func() {
		if use {
			on.payload = append(on.payload[:0], p.payload...)
		}
	}()
	before, known, excused := on.counter, on.seen, on.excused
	on.seen, on.excused, on.counter = true, false, p.counter
	repeated := known && p.counter == before && bytes.Equal(p.payload, on.payload)
	switch {
	case repeated:
		on.repeats++
		if on.repeats > 1 && !excused {
			count(&a.now.Continuity, p.pid)
		}
		return false, false
	case !known || p.counter == (before+1)&0xf:
		on.repeats = 0
		return true, false
	}
	on.repeats = 0
	if !excused && !p.discontinuity {
		count(&a.now.Continuity, p.pid)
		// A step that is nearly a whole round is a packet out of its order.
		if gap := uint64(p.counter-before-1) & 0xf; gap < 12 {
			a.now.Missing += gap
		}
	}
	return true, true
}

// pcr checks a clock reference (TR 101 290, 2.3).
func (a *analysis) pcr(on *pid, p packet, arrived time.Time) {
	const wrap = int64(1) << 33 * 300
	was, at, known := on.pcr, on.pcrAt, on.hasPCR
	on.pcr, on.pcrAt, on.pcrOn, on.hasPCR = p.pcr, arrived, a.clock, true
	if !known || p.discontinuity {
		return
	}
	step := (p.pcr - was + wrap) % wrap
	if step > wrap/2 {
		count(&a.now.PCRBackwards, p.pid)
		return
	}
	d := time.Duration(step * 1000 / 27)
	ahead := d - arrived.Sub(at)
	longest(&a.now.PCRAdvance, ahead, p.pid)
	if ahead <= pcrJump {
		longest(&a.now.PCRGap, d, p.pid)
	}
}

// stamped notes the PTS at the head of a PES packet, if there is one.
func (a *analysis) stamped(on *pid, p packet) {
	if !on.expected || len(p.payload) < 14 || !isMedia(p.payload[3]) || p.payload[7]&0x80 == 0 {
		return
	}
	longest(&a.now.PTSGap, a.clock-on.stampAt, p.pid)
	on.stampAt = a.clock
}

func (a *analysis) sawPAT() {
	longest(&a.now.PATGap, a.clock-a.patAt, 0)
	a.patAt = a.clock
}

func (a *analysis) sawPMT(p *programme) {
	longest(&a.now.PMTGap, a.clock-p.pmtSeen, p.pmtPID)
	p.pmtSeen = a.clock
}

// expect starts waiting for what a programme names.
func (a *analysis) expect(d *Demuxer, p *programme) {
	for _, on := range d.pids {
		if on != nil {
			on.clocks = false
		}
	}
	if p.pcrPID != nullPID {
		on := d.pid(p.pcrPID)
		on.clocks, on.pcrOn = true, a.clock
	}
	named := map[uint16]bool{}
	for _, s := range p.list {
		if s.media != 0 {
			named[s.pid] = true
		}
	}
	for number := range d.pids {
		on := d.pids[number]
		if on == nil && named[uint16(number)] {
			on = d.pid(uint16(number))
		}
		if on == nil {
			continue
		}
		if named[uint16(number)] && !on.expected {
			on.last, on.stampAt = a.clock, a.clock
		}
		on.expected = named[uint16(number)]
	}
}

// ages looks at the intervals that still last.
func (d *Demuxer) ages() {
	a := &d.analysis
	if d.align.size == 0 {
		return
	}
	longest(&a.now.PATGap, a.clock-a.patAt, 0)
	for _, p := range d.pat.programmes {
		longest(&a.now.PMTGap, a.clock-p.pmtSeen, p.pmtPID)
	}
	if d.chosen == nil {
		return
	}
	for _, s := range d.chosen.list {
		if on := d.pids[s.pid]; on != nil && on.expected {
			longest(&a.now.PIDGap, a.clock-on.last, s.pid)
			longest(&a.now.PTSGap, a.clock-on.stampAt, s.pid)
		}
	}
	if on := d.pids[d.chosen.pcrPID]; on != nil && on.clocks {
		if age := a.clock - on.pcrOn; age > pcrAbsent {
			longest(&a.now.PCRGap, age, d.chosen.pcrPID)
		}
	}
}

// protected tells whether the sections of a table carry a CRC that TR 101 290 (2.2) has checked.
func protected(id byte) bool {
	return id <= tablePMT || id == 0x40 || id == 0x41 || id == 0x42 || id == 0x46 || id >= 0x4a && id <= 0x6f || id == 0x73
}
