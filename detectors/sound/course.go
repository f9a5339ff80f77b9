package sound

import (
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// course follows the level of a channel in slices of a millisecond, in half decibels, and finds
// holes.
type course struct {
	past  [courseLength]uint8 // slices before now, oldest first; those in a hole are left out
	heard int                 // how many of them there are
	run   int                 // slices since the programme came back or began

	open   bool // a hole is
	before int  // level of the programme before it
	long   int  // slices it has lasted
	empty  int  // of them, with digital silence
	sure   bool // it broke off from full level; if not, only digital silence makes a hole of it
	rising int  // slices since its end began

	held bool // one sample is
}

const (
	courseLength = 24
	sliceLength  = time.Millisecond
	// holeEdge is how many slices the level may take to fall, holeRise to come back: a codec spreads
	// what comes after a hole into it.
	holeEdge = 3
	holeRise = 6
	// holeRoom is how far the level may rise within a hole.
	holeRoom = 2 * 8
	// holeFrom and holeBack are how far below the programme the last slices before a hole and the
	// first ones after it may be: it breaks off, and comes back.
	holeFrom = 2 * 9
	// holeFaint is how much lower both the programme and the slices before a hole may be if there is
	// digital silence in it, which programme hardly ever has.
	holeFaint = 2 * 9
	holeBack  = 2 * 20
	// holeSolid is how far below its loudest slice most of the programme before a hole may be: a
	// single stroke is no programme.
	holeSolid = 2 * 20
)

// follow takes the slices of one block and returns how long before the block's end a hole began
// that ended in it; ok is false where none did. depth is how far the level falls in a hole,
// programme the level from which sound counts.
func (c *course) follow(ch *detectors.Channel, rate, depth, programme int) (ago time.Duration, ok bool) {
	loud := c.loudest()
	if c.holds(ch, rate) && loud >= programme {
		return blockLength, true
	}
	for i, l := range ch.Slices {
		long := c.step(int(l), depth, programme)
		if long > 0 {
			ago, ok = time.Duration(len(ch.Slices)-1-i+long)*sliceLength, true
		}
	}
	return ago, ok
}

// step takes one slice and returns the length of the hole that it ends, 0 where it ends none.
func (c *course) step(l, depth, programme int) int {
	if !c.open {
		if before := c.loudest(); l <= before-depth && c.breaksOff(before, programme, holeFaint) {
			c.open, c.before, c.long, c.empty, c.rising = true, before, 1, 0, 0
			c.sure = c.breaksOff(before, programme, 0)
			return 0
		}
		c.push(l, programme-holeFaint)
		return 0
	}
	c.long++
	if l == 0 {
		c.empty++
	}
	switch {
	case l <= c.before-depth+holeRoom:
		c.rising = 0
		if time.Duration(c.long)*sliceLength <= holeLongest {
			return 0
		}
	case l >= c.before-holeBack:
		// A tone that is shorter than the pauses between is a beep, and they are no holes.
		if long := c.long - 1; time.Duration(long)*sliceLength >= holeShortest && c.run >= long && (c.sure || c.empty >= long-2) {
			c.open, c.run = false, 0
			return c.long
		}
	default:
		if c.rising++; c.rising < holeRise {
			return 0
		}
	}
	*c = course{held: c.held} // no hole: too long, too short, or it came back slowly
	c.push(l, programme-holeFaint)
	return 0
}

// breaksOff tells whether the slices up to now are programme that goes on at full level, or no more
// than room below.
func (c *course) breaksOff(before, programme, room int) bool {
	if c.heard < courseLength || before < programme-room {
		return false
	}
	last, solid := 0, 0
	for i, l := range c.past {
		if i >= courseLength-holeEdge {
			last = max(last, int(l))
		}
		if int(l) >= before-holeSolid {
			solid++
		}
	}
	return last >= before-holeFrom-room && solid >= courseLength/2
}

func (c *course) push(l, programme int) {
	copy(c.past[:], c.past[1:])
	c.past[courseLength-1] = uint8(l)
	c.heard = min(c.heard+1, courseLength)
	if c.run++; c.loudest() < programme {
		c.run = 0
	}
}

func (c *course) loudest() int { return int(slices.Max(c.past[:])) }

// holds tells whether a sample other than 0 begins to be held in this block. A flat top is none.
func (c *course) holds(ch *detectors.Channel, rate int) bool {
	shortest := int(holeShortest * time.Duration(rate) / time.Second)
	was := c.held
	c.held = ch.RepeatRun >= shortest && ch.ZeroRun < ch.RepeatRun && ch.ClipRun < ch.RepeatRun-1
	return c.held && !was
}
