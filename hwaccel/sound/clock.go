package sound

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

const (
	blocksASecond = 50

	// tolerance is below the length of the shortest access unit whose loss matters (Opus: 20 ms) and
	// above the jitter of timestamps in whole milliseconds.
	tolerance = 15 * time.Millisecond

	// slowness divides a deviation before the count takes it up. With sound that arrives 50 times a
	// second, half of a step is taken up within a second.
	slowness = 64

	// farthest is how far from 0 a time may lie, 73 years: any more is no time, and would overflow.
	farthest = time.Duration(1 << 61)
)

// clock cuts a count of samples into blocks and tells their times on the feed's clock.
type clock struct {
	rate    int64
	running bool
	start   time.Duration // of sample 0
	samples int64         // counted since start
	blocks  int64         // cut since start
	lag     time.Duration // of the sound's times behind ours, since they jumped back
}

// follow takes note of the time of the next sample. It reports whether that sample does not follow
// the last one; then the count has begun anew with it.
func (c *clock) follow(at time.Duration) bool {
	if at == capture.NoTime || at.Abs() > farthest {
		c.running = true // from 0, if nothing ever tells
		return false
	}
	if !c.running {
		c.running = true
		c.start = at
		return false
	}
	next := c.start + c.span(c.samples)
	off := at - (next - c.lag)
	if off.Abs() <= tolerance {
		c.start += off / slowness
		return false
	}
	c.lag = max(next-at, 0)
	c.start = at + c.lag
	c.samples, c.blocks = 0, 0
	return true
}

// count adds samples.
func (c *clock) count(samples int) { c.samples += int64(samples) }

// edge returns the number of the first sample of a block.
func (c *clock) edge(block int64) int64 { return block * c.rate / blocksASecond }

// length returns the number of samples in the next block.
func (c *clock) length() int { return int(c.edge(c.blocks+1) - c.edge(c.blocks)) }

// cut ends a block and returns its time.
func (c *clock) cut() time.Duration {
	at := c.start + c.span(c.edge(c.blocks))
	c.blocks++
	return at
}

// span returns how long so many samples last, without the overflow that samples times a second
// would meet after some days.
func (c *clock) span(samples int64) time.Duration {
	return time.Duration(samples/c.rate)*time.Second + time.Duration(samples%c.rate)*time.Second/time.Duration(c.rate)
}
