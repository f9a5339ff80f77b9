package rtsp

import "time"

const (
	// believed is how far sender reports may move a track against the arrival of its first packet:
	// what a sender or its network delays one track more than another. Reports that say more are
	// those of clocks that are not one.
	believed = 3 * time.Second
	// agreed is how far two corrections in a row may differ to be the same.
	agreed = 20 * time.Millisecond
	// smoothing is over how many reports a correction is averaged: each is as wrong as its sender was
	// late in writing it. glide is by how much a track is moved with each packet, so that nobody hears it.
	smoothing = 4
	glide     = 500 * time.Microsecond
)

// clock lays the RTP timestamps of a session's tracks on one line. Each track begins where its first
// packet arrived; the sender reports of RTCP, which relate every track to the sender's one clock
// (RFC 3550, 6.4.1), then put the tracks right against the first one, however late or drifting they
// are. Timestamps that wrap go on.
type clock struct {
	began time.Time // arrival of the first packet of all
	first *line
}

// line is one track on the clock.
type line struct {
	rate  int64 // ticks a second
	last  uint32
	ticks int64 // from the track's first packet, with wraps undone
	start time.Duration

	report    time.Duration // the sender's clock minus the line, by the latest report
	reported  bool
	correct   time.Duration // added to the line; it holds for packets to come
	target    time.Duration // what it moves to
	candidate time.Duration // what it would be by the latest reports
	agree     int           // how many reports in a row say about the same
	begun     bool
}

// newLine begins a track whose clock ticks so many times a second.
func (c *clock) newLine(rate int) *line { return &line{rate: int64(max(rate, 1))} }

// stamp returns where a packet's timestamp lies on the line.
func (c *clock) stamp(l *line, rtp uint32, arrived time.Time) time.Duration {
	if !l.begun {
		if c.first == nil {
			c.first, c.began = l, arrived
		}
		l.begun, l.last, l.start = true, rtp, arrived.Sub(c.began)
	}
	l.ticks += int64(int32(rtp - l.last))
	l.last = rtp
	l.correct += max(-glide, min(l.target-l.correct, glide))
	return l.start + span(l.ticks, l.rate) + l.correct
}

// relate notes what the sender's clock read at the timestamp that was last stamped, as its reports
// have it.
func (c *clock) relate(l *line, sender time.Time) {
	report := sender.Sub(c.began) - (l.start + span(l.ticks, l.rate))
	// The same report gives the same relation, but for rounding.
	news := !l.reported || (report-l.report).Abs() > time.Millisecond/10
	l.report, l.reported = report, true
	if l != c.first && c.first.reported && (news || l.agree == 0) {
		l.propose(report - c.first.report)
	}
}

// propose corrects a track at once when its first report comes, and later when two reports in a row
// agree: those of the tracks come one after the other, and when the sender's clock is set in between,
// one of them is alone with the new time.
func (l *line) propose(correction time.Duration) {
	if correction.Abs() > believed {
		return
	}
	switch {
	case l.agree == 0:
		l.agree = 1
		l.aim(correction)
		l.target = correction // there is nothing to average yet
	case (correction - l.candidate).Abs() <= agreed:
		l.agree++
		l.aim(correction)
	default:
		l.agree = 1
	}
	l.candidate = correction
}

// aim moves the track to a correction: at once where it is far, and else smoothly.
func (l *line) aim(correction time.Duration) {
	if (correction - l.target).Abs() > agreed {
		l.correct, l.target = correction, correction
		return
	}
	l.target += (correction - l.target) / smoothing
}

// span turns ticks into time without overflow.
func span(ticks, rate int64) time.Duration {
	return time.Duration(ticks/rate)*time.Second + time.Duration(ticks%rate)*time.Second/time.Duration(rate)
}
