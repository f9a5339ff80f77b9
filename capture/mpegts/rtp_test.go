package mpegts

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// order drives the RTP stage with sequence numbers and returns those that come out.
func order(t *testing.T, numbers []uint16, gap time.Duration, before map[int]int) (out []byte, r *rtp, excused int) {
	t.Helper()
	r = &rtp{anew: func() { out = append(out, 'N') }, excuse: func() { excused++ }}
	r.packet = func(payload []byte, _ time.Time) { out = append(out, payload[0]) }
	for n, number := range numbers {
		if d := before[n]; d > 0 {
			r.dropped(d)
		}
		b := []byte{0x80, payloadMP2T, byte(number >> 8), byte(number), 0, 0, 0, 0, 0, 0, 0, 1, byte(number)}
		if err := r.write(b, epoch.Add(time.Duration(n)*gap)); err != nil {
			t.Fatal(err)
		}
	}
	return out, r, excused
}

func TestRTPOrder(t *testing.T) {
	for name, c := range map[string]struct {
		in   []uint16
		gap  time.Duration
		own  map[int]int
		want string
		lost uint64
		late uint64
	}{
		"in order":             {[]uint16{1, 2, 3}, ms, nil, "[1 2 3]", 0, 0},
		"over the wrap":        {[]uint16{65534, 65535, 0, 1}, ms, nil, "[254 255 0 1]", 0, 0},
		"exchanged":            {[]uint16{1, 3, 2, 4}, ms, nil, "[1 2 3 4]", 0, 0},
		"exchanged over it":    {[]uint16{65534, 0, 65535, 1}, ms, nil, "[254 255 0 1]", 0, 0},
		"far exchanged":        {[]uint16{1, 4, 3, 6, 5, 2, 7}, ms, nil, "[1 2 3 4 5 6 7]", 0, 0},
		"doubled":              {[]uint16{1, 2, 2, 3}, ms, nil, "[1 2 3]", 0, 1},
		"lost, given up":       {[]uint16{1, 3, 4, 5}, 60 * ms, nil, "[1 3 4 5]", 1, 0},
		"comes too late":       {[]uint16{1, 3, 4, 5, 2, 6}, 60 * ms, nil, "[1 3 4 5 6]", 1, 1},
		"lost by us":           {[]uint16{1, 3, 4, 5}, 60 * ms, map[int]int{1: 1}, "[1 3 4 5]", 0, 0},
		"lost by us and it":    {[]uint16{1, 5, 6, 7}, 60 * ms, map[int]int{1: 2}, "[1 5 6 7]", 1, 0},
		"a new sender's count": {[]uint16{1, 2, 40000, 40001}, ms, nil, "[1 2 78 64 65]", 0, 0},
	} {
		out, r, _ := order(t, c.in, c.gap, c.own)
		if got := fmt.Sprintf("%d", out); got != c.want || r.lost != c.lost || r.late != c.late {
			t.Errorf("%s: %s with %d lost and %d late, want %s with %d and %d", name, got, r.lost, r.late, c.want, c.lost, c.late)
		}
	}
}

// A gap that is wider than what is held is given up at once.
func TestRTPWideGap(t *testing.T) {
	var in []uint16
	for n := range uint16(50) {
		in = append(in, n)
	}
	for n := range uint16(200) {
		in = append(in, 500+n)
	}
	out, r, _ := order(t, in, ms, nil)
	if r.lost != 450 || len(out) != 250 {
		t.Errorf("%d out, %d lost, want 250 and 450", len(out), r.lost)
	}
}

func FuzzRTP(f *testing.F) {
	f.Add([]byte{0x80, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9}, uint16(12))
	f.Add([]byte{0xbf, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 255}, uint16(3))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		given := 0
		r := &rtp{anew: func() {}, excuse: func() {}, packet: func(p []byte, _ time.Time) { given += len(p) }}
		at := epoch
		for chunk := range slices.Chunk(b, max(int(size), 1)) {
			at = at.Add(ms)
			_ = r.write(chunk, at)
			if r.waiting < 0 || r.waiting > mostHeld {
				t.Fatalf("%d are held", r.waiting)
			}
		}
		r.flush()
		if given > len(b) {
			t.Fatalf("%d bytes came of %d", given, len(b))
		}
	})
}
