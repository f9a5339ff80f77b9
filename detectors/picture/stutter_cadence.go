package picture

import "time"

const (
	// maxHalts is how many halts are remembered.
	maxHalts = 64
	// lowRate is the share of repeated pictures from which a source has a low rate of its own.
	lowRate = 0.3
	// regular is the share of the distances between halts that must fit a cadence.
	regular = 0.75
)

// cadence is the halts within some time, and what part of all pictures repeats.
type cadence struct {
	times    [maxHalts]time.Duration // a ring
	pictures [maxHalts]int
	sure     [maxHalts]bool // that motion went on before and after
	last     int            // of all halts ever
	count    int            // of those that are remembered

	repeats, seen float64 // pictures lately, with less weight the longer ago
}

// picture counts one that repeats the one before, or does not.
func (c *cadence) picture(repeats bool) {
	const kept = 0.99 // about four seconds
	c.repeats, c.seen = c.repeats*kept, c.seen*kept+1
	if repeats {
		c.repeats++
	}
}

func (c *cadence) add(at time.Duration, picture int, sure bool) {
	i := c.last % maxHalts
	c.times[i], c.pictures[i], c.sure[i] = at, picture, sure
	c.last++
	c.count = min(c.count+1, maxHalts)
}

// forget drops the halts before some time.
func (c *cadence) forget(before time.Duration) {
	for c.count > 0 && c.at(c.count-1) < before {
		c.count--
	}
}

// at returns when the last halt but n was.
func (c *cadence) at(n int) time.Duration { return c.times[(c.last-1-n)%maxHalts] }

// gap returns how many pictures lie between the last halt but n and the one before it.
func (c *cadence) gap(n int) int {
	return c.pictures[(c.last-1-n)%maxHalts] - c.pictures[(c.last-2-n)%maxHalts]
}

// longest returns the longest time between two halts.
func (c *cadence) longest() time.Duration {
	longest := time.Duration(0)
	for n := range c.count - 1 {
		longest = max(longest, c.at(n)-c.at(n+1))
	}
	return longest
}

// irregular returns how many sure halts there are, or 0 where they are those of a conversion or of a
// source of a low rate.
func (c *cadence) irregular() int {
	if c.count < 2 || c.repeats > lowRate*c.seen || c.isRegular() {
		return 0
	}
	sure := 0
	for n := range c.count {
		if c.sure[(c.last-1-n)%maxHalts] {
			sure++
		}
	}
	return sure
}

// isRegular tells whether the halts come at regular distances: those of a conversion from one rate to another
// differ by one picture at most. One that fell where nothing moved may be missing.
func (c *cadence) isRegular() bool {
	for n := range c.count - 1 {
		for parts := 1; parts <= 2; parts++ {
			if c.fits(float64(c.gap(n))/float64(parts)) >= regular {
				return true
			}
		}
	}
	return false
}

// fits returns the share of the distances that are one, two or three periods, to one picture.
func (c *cadence) fits(period float64) float64 {
	most := 3
	if period < 8 { // so often that any distance would fit
		most = 1
	}
	fitting := 0
	for n := range c.count - 1 {
		for k := 1; k <= most; k++ {
			if miss := float64(c.gap(n)) - float64(k)*period; miss >= -1 && miss <= 1 {
				fitting++
				break
			}
		}
	}
	return float64(fitting) / float64(c.count-1)
}
