package webrtc

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// bench is a jitter buffer in a test's hands, with time as data.
type bench struct {
	j     *jitterBuffer
	held  int // buffers that are not given back
	start time.Time
}

func newBench(wait time.Duration) *bench {
	return &bench{j: newJitterBuffer(wait), start: time.Unix(1000, 0)}
}

func (b *bench) push(seq uint16, ms int) fate {
	b.held++
	p := &rtpPacket{seq: seq, arrived: b.at(ms), free: func() { b.held-- }}
	f := b.j.push(p)
	if f != kept && f != recovered {
		p.free()
	}
	return f
}

func (b *bench) at(ms int) time.Time { return b.start.Add(time.Duration(ms) * time.Millisecond) }

// pop returns all that comes out at a time, and what was lost.
func (b *bench) pop(ms int) (out []uint16, lost int) {
	for {
		p, n := b.j.pop(b.at(ms))
		lost += n
		if p == nil {
			return out, lost
		}
		out = append(out, p.seq)
		p.free()
	}
}

func TestJitterBuffer(t *testing.T) {
	type put struct {
		seq  uint16
		ms   int
		fate fate
	}
	for _, c := range []struct {
		name string
		in   []put
		at   int
		out  []uint16
		lost int
	}{
		{"in order", []put{{1, 0, kept}, {2, 1, kept}, {3, 2, kept}}, 2, []uint16{1, 2, 3}, 0},
		{"reordered", []put{{1, 0, kept}, {3, 1, kept}, {2, 2, kept}}, 2, []uint16{1, 2, 3}, 0},
		{"across the wrap", []put{{65534, 0, kept}, {0, 1, kept}, {65535, 2, kept}}, 2, []uint16{65534, 65535, 0}, 0},
		{"missing, waited for", []put{{1, 0, kept}, {3, 10, kept}}, 50, []uint16{1}, 0},
		{"missing for good", []put{{1, 0, kept}, {4, 10, kept}}, 110, []uint16{1, 4}, 2},
		{"twice", []put{{1, 0, kept}, {2, 0, kept}, {2, 1, duplicate}, {1, 1, duplicate}}, 2, []uint16{1, 2}, 0},
		{"a stray", []put{{1, 0, kept}, {30000, 0, stray}, {2, 1, kept}}, 2, []uint16{1, 2}, 0},
		{"begun anew", []put{{1, 0, kept}, {30000, 0, stray}, {30001, 1, kept}, {30002, 2, kept}}, 2, []uint16{30001, 30002}, 0},
		{"begun anew, far back", []put{{40000, 0, kept}, {5, 0, stray}, {6, 1, kept}}, 2, []uint16{6}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(100 * time.Millisecond)
			for _, p := range c.in {
				if got := b.push(p.seq, p.ms); got != p.fate {
					t.Errorf("packet %d: fate %d, want %d", p.seq, got, p.fate)
				}
			}
			out, lost := b.pop(c.at)
			if !slices.Equal(out, c.out) || lost != c.lost {
				t.Errorf("out %v, lost %d, want %v, %d", out, lost, c.out, c.lost)
			}
			b.j.drop()
			if b.held != 0 {
				t.Errorf("%d buffers are not given back", b.held)
			}
		})
	}
}

func TestLate(t *testing.T) {
	b := newBench(100 * time.Millisecond)
	b.push(1, 0)
	b.push(3, 0)
	b.pop(200)
	if got := b.push(2, 201); got != late {
		t.Errorf("fate %d, want late", got)
	}
	if got := b.push(2, 202); got != duplicate {
		t.Errorf("fate %d, want duplicate", got)
	}
}

func TestRequests(t *testing.T) {
	b := newBench(time.Second)
	b.push(1, 0)
	b.push(4, 0)
	for _, c := range []struct {
		ms   int
		want []uint16
	}{
		{2, nil}, // they may only have changed places
		{5, []uint16{2, 3}},
		{50, nil}, // the answer is under way
		{105, []uint16{2, 3}},
	} {
		if got := b.j.requests(b.at(c.ms), 100*time.Millisecond, nil); !slices.Equal(got, c.want) {
			t.Errorf("at %d ms: %v, want %v", c.ms, got, c.want)
		}
	}
	if got := b.push(3, 110); got != recovered {
		t.Errorf("fate %d, want recovered", got)
	}
	for i := range 20 {
		b.j.requests(b.at(200+100*i), 100*time.Millisecond, nil)
	}
	if s := b.j.at(b.j.next + 1); s.tries != patience {
		t.Errorf("asked %d times, want %d", s.tries, patience)
	}
}

// However much comes behind a gap, no more is held than the buffer has places.
func TestJitterBufferIsBounded(t *testing.T) {
	b := newBench(time.Hour)
	b.push(0, 0)
	b.pop(0)
	for i := range 3 * window {
		b.push(uint16(i+2), 0)
		if b.held > window {
			t.Fatalf("%d packets are held", b.held)
		}
	}
	out, lost := b.pop(0)
	if lost == 0 || len(out)+lost != 3*window+1 && len(out) == 0 {
		t.Errorf("out %d, lost %d", len(out), lost)
	}
}

// FuzzJitterBuffer plays any arrivals: what comes out is in order, nothing twice, nothing kept back.
func FuzzJitterBuffer(f *testing.F) {
	f.Add([]byte{0, 1, 1, 0, 2, 1, 0, 9, 30})
	f.Add([]byte{255, 255, 1, 0, 0, 1, 0, 1, 200})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBench(50 * time.Millisecond)
		now, last := 0, int64(-1)
		for len(data) >= 3 {
			now += int(data[2])
			b.push(uint16(data[0])<<8|uint16(data[1]), now)
			b.j.requests(b.at(now), 20*time.Millisecond, nil)
			for {
				p, _ := b.j.pop(b.at(now))
				if p == nil {
					break
				}
				if at := b.j.next - 1; at <= last && p.seq != uint16(at) {
					t.Fatal(fmt.Sprint("packet ", p.seq, " at ", at, " after ", last))
				}
				last = b.j.next - 1
				p.free()
			}
			if b.held > window || b.j.missing < 0 || b.j.missing > window {
				t.Fatalf("%d held, %d missing", b.held, b.j.missing)
			}
			data = data[3:]
		}
		b.j.drop()
		if b.held != 0 {
			t.Fatalf("%d buffers are not given back", b.held)
		}
	})
}
