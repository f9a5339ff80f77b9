package rtsp

import (
	"testing"
	"time"
)

var began = time.Unix(1_700_000_000, 0)

// sender is two tracks of one sender, whose sound is delayed by so much on the way.
type sender struct {
	clock        clock
	video, audio *line
	delay        time.Duration
	set          time.Duration // by how much the sender's wall clock was set
	videoRTP     uint32
}

func newSender(delay time.Duration, first uint32) *sender {
	s := &sender{delay: delay, videoRTP: first}
	s.video, s.audio = s.clock.newLine(90_000), s.clock.newLine(48_000)
	return s
}

// send sends what was sampled at a moment on both tracks, and returns by how much the sound is put
// later than the picture.
func (s *sender) send(at time.Duration, reports bool) time.Duration {
	video := s.clock.stamp(s.video, s.videoRTP+uint32(at.Milliseconds()*90), began.Add(at))
	audio := s.clock.stamp(s.audio, uint32(at.Milliseconds()*48), began.Add(at+s.delay))
	if reports {
		wall := began.Add(at + 1234*time.Hour + s.set)
		s.clock.relate(s.video, wall)
		s.clock.relate(s.audio, wall)
	}
	return audio - video
}

// Tracks start where they arrived, and are put right by the first reports.
func TestClockReports(t *testing.T) {
	s := newSender(300*ms, 0xffff_0000) // its counter wraps within a second
	if got := s.send(0, false); got != 300*ms {
		t.Errorf("before a report the sound is %v late, want what arrival says: 300ms", got)
	}
	s.send(100*ms, true)
	for at := 200 * ms; at < 30*time.Second; at += 100 * ms {
		if got := s.send(at, true); got.Abs() > ms {
			t.Fatalf("at %v the sound is %v off, want none", at, got)
		}
	}
}

// A sender whose wall clock is set does not pull its tracks apart, though their reports come one
// after the other.
func TestClockSenderClockIsSet(t *testing.T) {
	s := newSender(0, 0)
	s.send(0, true)
	for n := range 40 {
		at := time.Duration(n) * 500 * ms
		if got := s.send(at, false); got.Abs() > ms {
			t.Fatalf("at %v the sound is %v off, want none", at, got)
		}
		wall := began.Add(at + s.set)
		if n%2 == 0 {
			if n == 20 {
				s.set = 700 * ms
				wall = began.Add(at + s.set)
			}
			s.clock.relate(s.video, wall)
		} else {
			s.clock.relate(s.audio, wall)
		}
	}
}

// Reports of clocks that are not one are not believed.
func TestClockStrangeReports(t *testing.T) {
	s := newSender(0, 0)
	for n := range 20 {
		at := time.Duration(n) * 100 * ms
		if got := s.send(at, false); got != 0 {
			t.Fatalf("at %v the sound is %v off, want none", at, got)
		}
		s.clock.relate(s.video, began.Add(at))
		s.clock.relate(s.audio, time.Time{}.Add(at))
	}
}

// Tracks whose crystals differ are followed by their reports.
func TestClockDrift(t *testing.T) {
	var c clock
	video, audio := c.newLine(90_000), c.newLine(48_000)
	worst := time.Duration(0)
	for n := range 3600 {
		at := time.Duration(n) * time.Second
		v := c.stamp(video, uint32(n*90_000), began.Add(at))
		a := c.stamp(audio, uint32(n*48_000+n*48_000/10_000), began.Add(at)) // 100 ppm fast
		if n%5 == 0 {
			c.relate(video, began.Add(at))
			c.relate(audio, began.Add(at))
		}
		worst = max(worst, (a - v).Abs())
	}
	if worst > 5*ms {
		t.Errorf("the tracks drift apart by %v in an hour, want 5ms at most", worst)
	}
}

func FuzzClock(f *testing.F) {
	f.Add(uint32(0), uint32(1<<31), int64(0), int64(1e18), 90000)
	f.Fuzz(func(t *testing.T, a, b uint32, n, m int64, rate int) {
		var c clock
		first, second := c.newLine(rate), c.newLine(48_000)
		for i := range 4 {
			at := began.Add(time.Duration(i) * time.Second)
			x := c.stamp(first, a+uint32(i)*b, at)
			y := c.stamp(second, b+uint32(i)*a, at)
			c.relate(first, time.Unix(0, n+int64(i)))
			c.relate(second, time.Unix(0, m))
			if limit := 4 * (1 << 31) * time.Second; x.Abs() > limit || y.Abs() > limit || second.correct.Abs() > believed {
				t.Errorf("lines at %v and %v, corrected by %v", x, y, second.correct)
			}
		}
	})
}
