package eval

import (
	"net"
	"testing"
	"time"
)

// packetOf is the first packet of a unit with both time stamps, and of a clock reference.
func packetOf(audio bool, pts, dts, clock time.Duration) tsp {
	p := make(tsp, tsPacket)
	p[0], p[1], p[3], p[4], p[5] = tsSync, 0x40, 0x30, 7, 0x10
	stream := byte(0xe0)
	if audio {
		stream = 0xc0
	}
	copy(p[12:], []byte{0, 0, 1, stream, 0, 0, 0x80, 0xc0, 10, 0x31, 0, 1, 0, 1, 0x11, 0, 1, 0, 1})
	p.setStamp(12+9, pts)
	p.setStamp(12+14, dts)
	p.setClock(clock)
	return p
}

func TestEditsOfTime(t *testing.T) {
	const hour = 26*time.Hour + 30*time.Minute // just before 33 bits wrap
	for name, c := range map[string]struct {
		edit            edit
		audio           bool
		at              time.Duration
		pts, dts, clock time.Duration // expected of 10 s, 9.9 s and 9 s
	}{
		"nothing":         {between(0, 5, -1, jump(time.Second)), false, 6 * time.Second, 10 * time.Second, 9900 * time.Millisecond, 9 * time.Second},
		"jump":            {jump(20 * time.Second), false, 0, 30 * time.Second, 29900 * time.Millisecond, 29 * time.Second},
		"jump back":       {jump(-5 * time.Second), false, 0, 5 * time.Second, 4900 * time.Millisecond, 4 * time.Second},
		"far":             {jump(hour), false, 0, hour + 10*time.Second, hour + 9900*time.Millisecond, hour + 9*time.Second},
		"only the clock":  {ahead(time.Second), false, 0, 10 * time.Second, 9900 * time.Millisecond, 10 * time.Second},
		"drift":           {drift(1000), false, 0, 10010 * time.Millisecond, 9909900 * time.Microsecond, 9009 * time.Millisecond},
		"skew of sound":   {skew(5, 0.1), true, 15 * time.Second, 11 * time.Second, 10900 * time.Millisecond, 9 * time.Second},
		"skew of picture": {skew(5, 0.1), false, 15 * time.Second, 10 * time.Second, 9900 * time.Millisecond, 9 * time.Second},
	} {
		p := c.edit(c.at, 0, packetOf(c.audio, 10*time.Second, 9900*time.Millisecond, 9*time.Second))
		clock, _ := p.clock()
		stamps := p.stampsAt()
		if len(stamps) != 2 {
			t.Fatalf("%s: %d time stamps", name, len(stamps))
		}
		for what, pair := range map[string][2]time.Duration{
			"PTS": {p.stamp(stamps[0]), c.pts}, "DTS": {p.stamp(stamps[1]), c.dts}, "PCR": {clock, c.clock},
		} {
			if (pair[0] - pair[1]).Abs() > 12*time.Microsecond { // a tick of 90 kHz
				t.Errorf("%s: %s is %v, want %v", name, what, pair[0], pair[1])
			}
		}
	}
}

func TestEditsOfPackets(t *testing.T) {
	whole := packetOf(false, 10*time.Second, 10*time.Second, 9*time.Second)
	if p := unstamp(0, 0, append(tsp(nil), whole...)); len(p.stampsAt()) != 0 {
		t.Error("time stamps are left")
	}
	if p := unclock(0, 0, append(tsp(nil), whole...)); p.hasClock() {
		t.Error("a clock reference is left")
	}
	hit := 0
	for n := range 80 {
		if p := inRow(40, 2, unsync)(0, n, append(tsp(nil), whole...)); p[0] != tsSync {
			hit++
		}
	}
	if hit != 4 {
		t.Errorf("%d packets of 80, want two in a row out of every 40", hit)
	}
	if between(0, 1, 0x100, drop)(0, 0, whole) == nil {
		t.Error("a packet of another PID is dropped")
	}
}

// A wire loses the share it is told to, the same datagrams in every run.
func TestWire(t *testing.T) {
	received := func(share float64) (got []byte) {
		end, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer end.Close()
		w, err := NewWire(end.LocalAddr().String(), 7)
		if err != nil {
			t.Fatal(err)
		}
		w.Lose(share)
		conn, err := net.Dial("udp", w.Address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		b := make([]byte, 10)
		for n := range 200 {
			if _, err := conn.Write([]byte{byte(n)}); err != nil {
				t.Fatal(err)
			}
			for passed, lost := w.Counts(); passed+lost <= n; passed, lost = w.Counts() {
				time.Sleep(100 * time.Microsecond)
			}
			if passed, _ := w.Counts(); passed > len(got) {
				if err := end.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, _, err := end.ReadFrom(b); err != nil {
					t.Fatal(err)
				}
				got = append(got, b[0])
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		return got
	}
	if got := received(0); len(got) != 200 {
		t.Errorf("%d of 200 datagrams came over a wire that loses nothing", len(got))
	}
	first, again := received(0.2), received(0.2)
	if string(first) != string(again) || len(first) < 140 || len(first) > 180 {
		t.Errorf("%d and then %d of 200 datagrams came, want about 160, the same both times", len(first), len(again))
	}
}
