package detecttest

import (
	"iter"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// cursor is where in a track the samples are.
type cursor struct {
	track Track
	item  int
	index int // in the item
	at    time.Duration
}

func (c *cursor) done() bool { return c.item >= len(c.track.Items) }

func (c *cursor) next() {
	c.at += c.track.Interval
	if c.index++; c.index >= c.track.Items[c.item].Count {
		c.item, c.index = c.item+1, 0
	}
}

func (c *cursor) progress() float64 {
	count := c.track.Items[c.item].Count
	if count < 2 {
		return 0
	}
	return float64(c.index) / float64(count-1)
}

// Samples yields the samples of all tracks in the order of time, and an error instead of a sample
// that cannot be made. It may be called once, because pictures are painted one over the other.
func (c *Case) Samples() iter.Seq2[detectors.Sample, error] {
	cursors := make([]cursor, len(c.Tracks))
	for i, t := range c.Tracks {
		cursors[i].track = t
	}
	meter := &Meter{Cell: c.canvas.cell, Full: c.canvas.full}
	return func(yield func(detectors.Sample, error) bool) {
		for {
			var first *cursor
			for i := range cursors {
				if !cursors[i].done() && (first == nil || cursors[i].at < first.at) {
					first = &cursors[i]
				}
			}
			if first == nil {
				return
			}
			words := first.track.Items[first.item].Words
			if words != nil {
				s, err := c.sample(first, words, meter)
				if !yield(s, err) || err != nil {
					return
				}
			}
			first.next()
		}
	}
}

func (c *Case) sample(cur *cursor, words []Word, meter *Meter) (s detectors.Sample, err error) {
	s.At = cur.at
	switch cur.track.Part {
	case "picture":
		if err = c.canvas.paint(words, cur.progress(), cur.at); err == nil {
			meter.Duration = cur.track.Interval
			s.Picture = meter.Measure(c.canvas.width, c.canvas.height, c.canvas.luma, c.canvas.cb, c.canvas.cr)
			s.Picture.Transfer = c.canvas.transfer
			err = says(s.Picture, words, cur.progress())
		}
	case "sound":
		s.Sound, err = makeSound(words, cur.progress(), cur.track.Interval)
	case "link":
		s.Link, err = makeLink(words, cur.progress(), cur.track.Interval)
	}
	return s, err
}
