package mpegts

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// made is two seconds of H.264 and AAC, as packets.
func made(t testing.TB) [][]byte {
	t.Helper()
	b := makeTS(t, slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"})...)
	return slices.Collect(slices.Chunk(b, packetSize))
}

func pidOf(p []byte) uint16 { return uint16(p[1]&0x1f)<<8 | uint16(p[2]) }

// each rewrites a stream packet by packet.
func each(list [][]byte, change func(n int, p []byte) [][]byte) []byte {
	var out []byte
	for n, p := range list {
		for _, q := range change(n, slices.Clone(p)) {
			out = append(out, q...)
		}
	}
	return out
}

// The PIDs and numbers of what ffmpeg makes.
const (
	videoPID = 256
	pmtPID   = 4096
)

func TestDamage(t *testing.T) {
	list := made(t)
	keep := func(p []byte) [][]byte { return [][]byte{p} }
	middle := len(list) / 2
	videoFrom := func(n int) int { // the index of a video packet without adaptation field, from n on
		for ; pidOf(list[n]) != videoPID || list[n][3]&0x20 != 0 || list[n][1]&0x40 != 0; n++ {
		}
		return n
	}
	at := videoFrom(middle)
	next := videoFrom(at + 1)
	for name, c := range map[string]struct {
		stream []byte
		found  func(capture.TransportStream) uint64
		want   uint64
		damage bool // a picture is marked as damaged
	}{
		"whole": {each(list, func(_ int, p []byte) [][]byte { return keep(p) }), errorsOf, 0, false},
		"one dropped": {each(list, func(n int, p []byte) [][]byte {
			if n == at {
				return nil
			}
			return keep(p)
		}), errorsOf, 1, true},
		"one doubled, as allowed": {each(list, func(n int, p []byte) [][]byte {
			if n == at {
				return [][]byte{p, p}
			}
			return keep(p)
		}), errorsOf, 0, false},
		"one there three times": {each(list, func(n int, p []byte) [][]byte {
			if n == at {
				return [][]byte{p, p, p}
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return f.Continuity.Count }, 1, false},
		"two exchanged": {each(list, func(n int, p []byte) [][]byte {
			switch n {
			case at:
				return keep(list[next])
			case next:
				return keep(list[at])
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return f.Continuity.Count }, 3, true},
		"marked as damaged": {each(list, func(n int, p []byte) [][]byte {
			if n == at {
				p[1] |= 0x80
			}
			return keep(p)
		}), errorsOf, 1, true},
		"a wrong sync byte": {each(list, func(n int, p []byte) [][]byte {
			if n == at {
				p[0] = 0
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return f.SyncBytes.Count }, 1, true},
		"a hole in the bytes": {append(bytes.Join(list[:at], nil)[:at*packetSize-100], bytes.Join(list[at:], nil)...),
			func(f capture.TransportStream) uint64 { return f.SyncLosses.Count }, 1, true},
		"a bit error in the PMT": {each(list, func(n int, p []byte) [][]byte {
			if n > middle && n < middle+200 && pidOf(p) == pmtPID {
				p[20] ^= 4
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return min(f.CRC.Count, 1) }, 1, false},
		"another table on PID 0": {each(list, func(n int, p []byte) [][]byte {
			if pidOf(p) == 0 && n > middle {
				p[5] = 2
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return min(f.PAT.Count, 1) }, 1, false},
		"the PMT scrambled": {each(list, func(n int, p []byte) [][]byte {
			if pidOf(p) == pmtPID && n > middle {
				p[3] |= 0x80
			}
			return keep(p)
		}), func(f capture.TransportStream) uint64 { return min(f.PMT.Count, 1) }, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(0)
			p.play(c.stream, 2*time.Second)
			if got := c.found(p.facts); got != c.want {
				t.Errorf("found %d, want %d: %+v", got, c.want, p.facts)
			}
			damaged := 0
			for _, q := range p.of(capture.Video) {
				if q.Corrupt {
					damaged++
				}
			}
			if c.damage != (damaged > 0) || damaged > 3 {
				t.Errorf("%d pictures are marked as damaged, want some: %v", damaged, c.damage)
			}
			if n := len(p.of(capture.Video)); n < 45 {
				t.Errorf("%d pictures are left of 50", n)
			}
		})
	}
}

// pcrOf finds where a packet carries its PCR, and reads and writes it.
func shiftPCR(p []byte, by int64, flag bool) {
	q, ok := parsePacket(p)
	if !ok || q.pcr == noClock {
		return
	}
	base := (q.pcr/300 + by) & (1<<33 - 1)
	extension := q.pcr % 300
	p[6], p[7], p[8], p[9] = byte(base>>25), byte(base>>17), byte(base>>9), byte(base>>1)
	p[10] = byte(base<<7) | 0x7e | byte(extension>>8)
	p[11] = byte(extension)
	if flag {
		p[5] |= 0x80
	}
}

// The clock of the programme jumps, wraps, or is not there.
func TestClocks(t *testing.T) {
	list := made(t)
	middle := len(list) / 2
	play := func(change func(n int, p []byte)) *player {
		p := newPlayer(0)
		p.play(each(list, func(n int, q []byte) [][]byte { change(n, q); return [][]byte{q} }), 2*time.Second)
		return p
	}
	after := func(by int64, flag bool) *player {
		first := true
		return play(func(n int, p []byte) {
			if n >= middle {
				q, _ := parsePacket(p)
				shiftPCR(p, by, flag && first)
				first = first && q.pcr == noClock
			}
		})
	}
	if f := after(90_000*5, false).facts; f.PCRAdvance.Time < 4900*ms || f.PCRBackwards.Count != 0 {
		t.Errorf("5s ahead: %+v", f)
	}
	if f := after(-90_000*5, false).facts; f.PCRBackwards.Count != 1 {
		t.Errorf("5s back: %+v", f)
	}
	if f := after(90_000*5, true).facts; f.PCRAdvance.Time > 100*ms || f.PCRBackwards.Count != 0 || f.Continuity.Count != 0 {
		t.Errorf("5s ahead and announced: %+v", f)
	}
	none := play(func(n int, p []byte) {
		if n >= middle && p[3]&0x20 != 0 && p[4] > 0 {
			p[5] &^= 0x10
		}
	})
	if f := none.facts; f.PCRGap.Time < 500*ms || f.PCRGap.PID != videoPID {
		t.Errorf("no PCR from the middle on: %+v", f)
	}
	// Over the end of 33 bits: a second before it at the beginning.
	q := firstPCR(list)
	wrap := play(func(_ int, p []byte) { shiftPCR(p, 1<<33-90_000-q/300, false) })
	if n := errorsOf(wrap.facts); n != 0 || wrap.facts.PCRAdvance.Time > 100*ms || wrap.facts.PCRGap.Time > 100*ms {
		t.Errorf("over the wrap: %+v", wrap.facts)
	}
}

func firstPCR(list [][]byte) int64 {
	for _, p := range list {
		if q, ok := parsePacket(p); ok && q.pcr != noClock {
			return q.pcr
		}
	}
	return 0
}

// Timestamps that run over the end of their 33 bits, after 26.5 hours, are neither jump nor fault.
func TestTimestampsWrap(t *testing.T) {
	stream := makeTS(t, slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2",
		"-g", "25", "-c:a", "aac", "-output_ts_offset", "95442"})...) // 1.7 s before it
	p := newPlayer(0)
	p.play(stream, 2*time.Second)
	wrapped := map[capture.Media]bool{}
	var last [3]time.Duration
	for _, q := range p.packets {
		m := q.Format.Media
		if q.Jump {
			t.Errorf("%v jumps at %v", m, q.PTS)
		}
		if q.PTS < time.Second {
			wrapped[m] = true
		}
		if d := q.At - last[m]; last[m] != 0 && (d < -200*ms || d > 200*ms) {
			t.Errorf("%v steps by %v on the feed clock at %v", m, d, q.PTS)
		}
		last[m] = q.At
	}
	if !wrapped[capture.Video] || !wrapped[capture.Audio] {
		t.Fatalf("nothing has wrapped: %v", wrapped)
	}
	if n := errorsOf(p.facts); n != 0 || p.facts.PCRAdvance.Time > 100*ms {
		t.Errorf("%+v", p.facts)
	}
}

// What cannot be looked into says why.
func TestReasons(t *testing.T) {
	list := made(t)
	without := func(pid uint16) []byte {
		return each(list, func(_ int, p []byte) [][]byte {
			if pidOf(p) == pid {
				return nil
			}
			return [][]byte{p}
		})
	}
	for name, c := range map[string]struct {
		programme uint16
		stream    []byte
		want      string
	}{
		"no PAT": {0, without(0), "no programme association table (PAT)"},
		"no PMT": {0, without(pmtPID), "no programme map table (PMT)"},
		"scrambled": {0, each(list, func(_ int, p []byte) [][]byte {
			if pid := pidOf(p); pid >= videoPID && pid < videoPID+2 {
				p[3] |= 0xc0
			}
			return [][]byte{p}
		}), "programme 1 is scrambled"},
		"other programme": {7, bytes.Join(list, nil), "there is no programme 7 in the transport stream; it has 1"},
		"noise":           {0, bytes.Repeat([]byte("this is no transport stream, whatever it is. "), 10_000), "no MPEG transport stream"},
		"only tables": {0, each(list, func(_ int, p []byte) [][]byte {
			if pid := pidOf(p); pid >= videoPID && pid < videoPID+2 {
				return nil
			}
			return slices.Repeat([][]byte{p}, 1)
		}), "carries neither video nor audio at present"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(c.programme)
			p.play(c.stream, 3*time.Second)
			if p.last.Up || !strings.Contains(p.last.Reason, c.want) || len(p.packets) != 0 {
				t.Errorf("up %v, reason %q, %d packets; want %q", p.last.Up, p.last.Reason, len(p.packets), c.want)
			}
		})
	}
}

// The intervals of TR 101 290, of a healthy stream and of those that lack something.
func TestIntervals(t *testing.T) {
	list := made(t)
	middle := len(list) / 2
	from := func(drop func(p []byte) bool) capture.TransportStream {
		p := newPlayer(0)
		p.play(each(list, func(n int, q []byte) [][]byte {
			if n >= middle && drop(q) {
				return nil
			}
			return [][]byte{q}
		}), 2*time.Second)
		return p.facts
	}
	healthy := from(func([]byte) bool { return false })
	if healthy.PATGap.Time > 500*ms || healthy.PMTGap.Time > 500*ms || healthy.PIDGap.Time > 500*ms ||
		healthy.PCRGap.Time > 100*ms || healthy.PTSGap.Time > 700*ms || healthy.PCRAdvance.Time > 100*ms {
		t.Errorf("a healthy stream violates the standard: %+v", healthy)
	}
	if f := from(func(p []byte) bool { return pidOf(p) == 0 }); f.PATGap.Time < 600*ms {
		t.Errorf("without PAT: %+v", f)
	}
	if f := from(func(p []byte) bool { return pidOf(p) == pmtPID }); f.PMTGap.Time < 600*ms || f.PMTGap.PID != pmtPID {
		t.Errorf("without PMT: %+v", f)
	}
	if f := from(func(p []byte) bool { return pidOf(p) == videoPID+1 }); f.PIDGap.Time < 600*ms || f.PIDGap.PID != videoPID+1 || f.PTSGap.PID != videoPID+1 {
		t.Errorf("without sound: %+v", f)
	}
}

// A silence of the whole stream is no fault of its tables.
func TestSilenceIsNoMissingTable(t *testing.T) {
	list := made(t)
	middle := len(list) / 2
	p := newPlayer(0)
	p.play(bytes.Join(list[:middle], nil), time.Second)
	p.now = p.now.Add(10 * time.Second)
	p.play(bytes.Join(list[middle:], nil), time.Second)
	if f := p.facts; f.PATGap.Time > 500*ms || f.PMTGap.Time > 500*ms || f.PIDGap.Time > 600*ms {
		t.Errorf("%+v", f)
	}
}

// With parity behind each packet, and however the bytes are cut.
func TestAlignment(t *testing.T) {
	list := made(t)
	plain := bytes.Join(list, nil)
	parity := each(list, func(_ int, p []byte) [][]byte { return [][]byte{append(p, make([]byte, paritySize-packetSize)...)} })
	want := newPlayer(0)
	want.play(plain, 2*time.Second)
	for name, stream := range map[string][]byte{"188": plain, "204": parity, "late": append([]byte("\x47 behind something else \x47"), plain...)} {
		for _, size := range []int{1, 7, 187, 188, 189, 1316, 1428, 4000} {
			p := newPlayer(0)
			for chunk := range slices.Chunk(stream, size) {
				p.demux.Write(chunk, p.now)
			}
			if len(p.packets) != len(want.packets) || p.demux.analysis.now.SyncLosses.Count != 0 {
				t.Errorf("%s bytes in pieces of %d: %d packets, want %d", name, size, len(p.packets), len(want.packets))
			}
		}
	}
}

// The programme changes its PIDs and its codings while it goes on, as at a splice.
func TestProgrammeChanges(t *testing.T) {
	first := bytes.Join(made(t), nil)
	second := makeTS(t, slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-g", "12", "-c:a", "mp2", "-ac", "2",
		"-mpegts_start_pid", "600", "-mpegts_pmt_start_pid", "500", "-tables_version", "3"})...)
	p := newPlayer(0)
	p.play(first, 2*time.Second)
	had := len(p.packets)
	p.play(second, 2*time.Second)
	tracks := map[capture.Media]int{}
	for n, q := range p.packets {
		if old, ok := tracks[q.Format.Media]; ok && old != q.Track {
			t.Fatalf("%v was track %d and is %d", q.Format.Media, old, q.Track)
		}
		tracks[q.Format.Media] = q.Track
		if n > had+5 && (q.Format.Codec == capture.H264 || q.Format.Codec == capture.AAC) {
			t.Fatalf("still %s", q.Format.Codec)
		}
	}
	if got := len(p.packets) - had; got < 120 {
		t.Errorf("%d packets after the change, want 49 pictures and 80 frames of sound", got)
	}
}
