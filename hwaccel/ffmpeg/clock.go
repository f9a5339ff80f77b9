package ffmpeg

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

// clock gives a time to every picture. Most bring the one of their packet. Some packets have none
// of their own (raw streams, a second picture from one packet): those pictures follow the one
// before by its duration, as they leave the decoder in order of presentation.
type clock struct {
	nominal time.Duration // Format.FrameDuration
	next    time.Duration // where the picture before ended
	sent    time.Duration // At of the last packet that was stamped by counting
}

func newClock(nominal time.Duration) clock {
	return clock{nominal: max(nominal, 0), next: capture.NoTime, sent: capture.NoTime}
}

// unstamped takes the At of a packet without a PTS: counted by the source in order of decoding, it
// is where the stream is, but not when the picture shows.
func (c *clock) unstamped(at time.Duration) {
	if c.next == capture.NoTime {
		c.next = at
	}
	c.sent = at
}

// picture returns the time and the nominal duration of the next picture. at is what came with its
// packet; coded is one frame's duration as the stream says; repeat counts half durations more; again
// tells that at has been used for the picture before.
func (c *clock) picture(at, coded time.Duration, repeat int, again bool) (time.Duration, time.Duration) {
	duration := c.nominal
	if duration == 0 {
		duration = coded
	}
	duration += duration / 2 * time.Duration(max(repeat, 0))
	if at == capture.NoTime || again && c.next != capture.NoTime {
		at = c.counted(duration)
	}
	c.next = capture.NoTime
	if at != capture.NoTime && duration > 0 {
		c.next = at + duration
	}
	return at, duration
}

// counted returns c.next, pulled back to where the packets are when counting has lost them: by a
// gap in the stream, or because the frame rate is not what it says.
func (c *clock) counted(duration time.Duration) time.Duration {
	if c.sent == capture.NoTime || c.next == capture.NoTime {
		return c.next
	}
	if off := c.next - c.sent; off.Abs() > 32*duration+time.Second {
		return max(c.sent, c.next)
	}
	return c.next
}

// beforeZero tells what only helps decoding and is not part of the feed.
func beforeZero(at time.Duration) bool { return at < 0 && at != capture.NoTime }
