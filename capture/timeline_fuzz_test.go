package capture

import (
	"encoding/binary"
	"testing"
	"time"
)

// FuzzTimeline feeds any timestamps and arrivals and checks what must hold whatever the sender does.
// Each packet takes 18 bytes: what it is, a scale, pts and dts.
func FuzzTimeline(f *testing.F) {
	packet := func(op, scale byte, pts, dts int64) []byte {
		b := append([]byte{op, scale}, make([]byte, 16)...)
		binary.BigEndian.PutUint64(b[2:], uint64(pts))
		binary.BigEndian.PutUint64(b[10:], uint64(dts))
		return b
	}
	f.Add(append(packet(0, 40, 0, 0), packet(1, 40, 1<<40, 1<<40)...))
	f.Add(append(packet(0, 0, -1<<63, 1<<63-1), packet(0, 255, 1<<63-1, -1<<63)...))
	f.Add(append(packet(8, 3, 4294967290e6, 4294967290e6), packet(16, 3, 5e6, 5e6)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		tl := NewTimeline(epoch)
		arrived, newest := time.Duration(0), time.Duration(0)
		decode := map[int]time.Duration{}
		for len(data) >= 18 {
			op, scale := data[0], time.Duration(data[1])
			pts := time.Duration(binary.BigEndian.Uint64(data[2:]))
			dts := time.Duration(binary.BigEndian.Uint64(data[10:]))
			data = data[18:]
			// Arrival mostly creeps on; it may leap, and the wall clock may be set back.
			switch op >> 3 & 7 {
			case 0, 1, 2, 3:
				arrived += scale * time.Millisecond
			case 4, 5:
				arrived += scale * time.Second
			case 6:
				arrived += scale * time.Hour
			case 7:
				arrived -= scale * time.Second
			}
			newest = max(newest, arrived)
			if op>>6 == 3 {
				tl.Restart(epoch.Add(arrived))
			}
			track := int(op & 3)
			at, _ := tl.Stamp(track, pts, dts, epoch.Add(arrived))
			if at < 0 || at > newest+strayLimit+presentAhead {
				t.Fatalf("at %v for arrival %v: out of bounds", at, newest)
			}
			got := tl.tracks[track].decode
			if got < decode[track] {
				t.Fatalf("decode clock of track %d went back from %v to %v", track, decode[track], got)
			}
			if d := got - newest; d < -strayLimit || d > strayLimit {
				t.Fatalf("decode clock %v strays %v from arrival", got, d)
			}
			decode[track] = got
			if s := tl.Skew(); s > strayLimit {
				t.Fatalf("skew %v", s)
			}
		}
	})
}
