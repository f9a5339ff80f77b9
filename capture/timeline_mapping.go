package capture

import "time"

const (
	// window is the time over which the least delayed packet is looked for: network queues empty
	// themselves more often than this.
	window = 10 * time.Second
	// slewLimit is the fastest that an offset follows drift: 1 ms a second, 50 times less than the
	// drift between sound and picture that a viewer could notice in a minute.
	slewLimit = time.Millisecond
	// An offset that is off by more than astray did not drift there: a little was lost, or far more
	// was sent at once than settling takes back. It returns by returnLimit in a second, 2 %, which no
	// dwell notices, rather than in hours.
	astray      = 500 * time.Millisecond
	returnLimit = 20 * time.Millisecond
	// slewTime is the time in which a small lead would be taken back if nothing else changed.
	slewTime = 100
	// settling is how long after its anchor a mapping may still be put right in a hurry: the first
	// packets of a session are seldom the prompt ones. An encoder that had to wait for the
	// connection sends what it held back, a server sends the pictures since the last key picture.
	settling = window
	// settleFrom is the lead from which on that is done, more than reordered pictures explain, and
	// settlePart the share of time by which it is: the feed clock runs at three quarters of its
	// speed until it is right.
	settleFrom = 100 * time.Millisecond
	settlePart = 4
	// lagLimit is how late even the least delayed packet of a window may be before media must be
	// missing for good.
	lagLimit = time.Second
)

// mapping is one stretch of a sender's timestamps that share an offset to the feed clock.
type mapping struct {
	began     time.Duration // when it was anchored
	seen      time.Duration // arrival of the packet before
	hurry     bool          // a lead is being taken back
	offset    time.Duration // feed clock minus the sender's timestamp with wraps undone
	raw, line time.Duration // the furthest timestamp in it, as written and with wraps undone

	windowed bool          // opened holds
	opened   time.Duration // arrival at the start of the present window
	best     time.Duration // greatest lead in the present window
	last     time.Duration // greatest lead in the window before
	judged   bool          // last holds
	slewed   time.Duration // arrival up to which the offset has been slewed
	rate     time.Duration // by how much the offset moves in a second
}

// newMapping returns the mapping that puts the timestamp raw at a time of the feed clock.
func newMapping(raw, at, now time.Duration) *mapping {
	return &mapping{began: now, seen: now, offset: at - raw, raw: raw, line: raw, slewed: now}
}

// lead returns how far the feed clock is ahead of arrival for the packets with the least delay.
func (m *mapping) lead() time.Duration {
	switch {
	case m.judged && m.windowed:
		return max(m.last, m.best)
	case m.judged:
		return m.last
	case m.windowed:
		return m.best
	}
	return 0
}

// observe learns from a packet that arrived now how the two clocks run against each other, and
// slews the offset. It reports true where the mapping has fallen behind arrival and does not catch
// up, which is how media that were lost before they were stamped, or a sender's clock that stood
// still, show.
func (m *mapping) observe(line, now time.Duration) (behind bool) {
	passed := now - m.seen
	m.seen = now
	m.slew(now)
	lead := line + m.offset - now
	m.hurry = now-m.began < settling && lead > 0 && (m.hurry || lead > settleFrom)
	if m.hurry {
		back := min(lead, passed/settlePart)
		m.offset -= back
		lead -= back
		m.best = min(m.best, lead) // what was learnt before does not hold any more
	}
	if lead > strayLimit {
		// A sender faster than real time: its clock cannot be followed. It is held at the limit,
		// so that it goes on smoothly from there should the sender slow down.
		m.offset -= lead - strayLimit
		lead = strayLimit
	}
	if !m.windowed {
		m.windowed, m.opened, m.best = true, now, lead
		return false
	}
	m.best = max(m.best, lead)
	if now-m.opened < window {
		return false
	}
	// The window is full. A sender that is catching up gets more time.
	late := m.best < -lagLimit
	behind = late && m.judged && m.last < -lagLimit && m.best < m.last+lagLimit
	m.last, m.judged, m.windowed = m.best, true, false
	m.rate = slewRate(m.best)
	if late {
		m.rate = 0
	}
	return behind
}

// slewRate returns by how much the offset is to move in a second for a lead.
func slewRate(lead time.Duration) time.Duration {
	switch {
	case lead > astray:
		return -returnLimit
	case lead < -astray:
		return returnLimit
	}
	return clamp(-lead/slewTime, -slewLimit, slewLimit)
}

// slew moves the offset by what is due since the packet before.
func (m *mapping) slew(now time.Duration) {
	// In whole milliseconds of arrival, so that rounding cannot eat a slow rate.
	passed := (now - m.slewed) / time.Millisecond
	if passed > 60_000 { // a pause teaches nothing about drift
		m.slewed = now
		return
	}
	m.offset += m.rate * passed / 1000
	m.slewed += passed * time.Millisecond
}
