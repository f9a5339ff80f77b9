package forward

import (
	"math/rand/v2"
	"time"
)

// longestLater bounds what a receiver may ask for with Retry-After.
const longestLater = time.Hour

// breaker knows how a receiver has been and says how long to leave it alone. After some failures in
// a row it is open: then one message is sent to probe, and not a whole batch.
type breaker struct {
	min, max time.Duration
	after    int
	random   func() float64 // 0 to 1

	failures int       // in a row
	since    time.Time // of the first of them
}

func newBreaker(p Policy) *breaker {
	return &breaker{min: p.BackoffMin, max: p.BackoffMax, after: p.BreakAfter, random: rand.Float64}
}

// failed notes a failure and returns how long to wait: doubled each time up to a limit, of which a
// random half, so that the sites of a broadcaster do not come back all at once. What the receiver
// asked for is waited for at least.
func (b *breaker) failed(asked time.Duration, now time.Time) time.Duration {
	if b.failures == 0 {
		b.since = now
	}
	b.failures++
	wait := b.max
	if doublings := b.failures - 1; doublings < 30 && b.min<<doublings < b.max {
		wait = b.min << doublings
	}
	wait = wait/2 + time.Duration(b.random()*float64(wait/2))
	return max(wait, min(asked, longestLater))
}

// worked notes that the receiver took something. It returns for how long it had not, 0 where it had
// before, too.
func (b *breaker) worked(now time.Time) time.Duration {
	if b.failures == 0 {
		return 0
	}
	b.failures = 0
	return max(now.Sub(b.since), time.Nanosecond)
}

// open tells whether the receiver is only probed.
func (b *breaker) open() bool { return b.failures >= b.after }

// pace keeps messages at most so many a second, a second's worth at once.
type pace struct {
	rate float64
	free time.Time // when the next may go, were all before it evenly spaced
}

// wait is how long n messages must wait; they count as sent then.
func (p *pace) wait(n int, now time.Time) time.Duration {
	if p.rate <= 0 {
		return 0
	}
	if earliest := now.Add(-time.Second); p.free.Before(earliest) {
		p.free = earliest
	}
	p.free = p.free.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	return max(p.free.Sub(now), 0)
}
