package eval

import "time"

// hasClock tells whether a packet carries a clock reference (ISO/IEC 13818-1, 2.4.3.4).
func (p tsp) hasClock() bool { return p[3]&0x20 != 0 && p[4] >= 7 && p[5]&0x10 != 0 }

// clock is the packet's clock reference.
func (p tsp) clock() (time.Duration, bool) {
	if !p.hasClock() {
		return 0, false
	}
	base := int64(p[6])<<25 | int64(p[7])<<17 | int64(p[8])<<9 | int64(p[9])<<1 | int64(p[10]>>7)
	return ticks90(base), true
}

// setClock writes a clock reference, without its 300th parts.
func (p tsp) setClock(d time.Duration) {
	base := ticksOf(d)
	p[6], p[7], p[8], p[9] = byte(base>>25), byte(base>>17), byte(base>>9), byte(base>>1)
	p[10], p[11] = byte(base)<<7|0x7e, 0
}

// stampsAt returns where the time stamps of the unit lie that begins in the packet.
func (p tsp) stampsAt() []int {
	payload, start := payloadOf(p)
	if !start || len(payload) < 19 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || payload[3] < 0xc0 && payload[3] != 0xbd {
		return nil
	}
	at := tsPacket - len(payload)
	switch payload[7] >> 6 {
	case 2:
		return []int{at + 9}
	case 3:
		return []int{at + 9, at + 14}
	}
	return nil
}

func (p tsp) stamp(at int) time.Duration {
	b := p[at:]
	return ticks90(int64(b[0]&0x0e)<<29 | int64(b[1])<<22 | int64(b[2]&0xfe)<<14 | int64(b[3])<<7 | int64(b[4]>>1))
}

func (p tsp) setStamp(at int, d time.Duration) {
	t := ticksOf(d)
	b := p[at:]
	b[0] = b[0]&0xf1 | byte(t>>29)&0x0e
	b[1] = byte(t >> 22)
	b[2] = byte(t>>14) | 1
	b[3] = byte(t >> 7)
	b[4] = byte(t<<1) | 1
}

// restamp changes the time stamps of a unit.
func (p tsp) restamp(change func(time.Duration) time.Duration) {
	for _, at := range p.stampsAt() {
		p.setStamp(at, change(p.stamp(at)))
	}
}

// isAudio tells whether a unit of sound begins in the packet.
func (p tsp) isAudio() bool {
	payload, start := payloadOf(p)
	return start && len(payload) > 3 && payload[2] == 1 && (payload[3]&0xe0 == 0xc0 || payload[3] == 0xbd)
}

func ticks90(n int64) time.Duration { return time.Duration(n) * time.Second / 90_000 }

func ticksOf(d time.Duration) int64 { return int64(d) * 90 / int64(time.Millisecond) & (1<<33 - 1) }

// The PIDs that FFmpeg gives.
const (
	patPID   = 0
	pmtPID   = 0x1000
	videoIs  = 0x100
	audioPID = 0x101
)

// edit is what happens to a packet, of which the number in the stream is given.
type edit = func(t time.Duration, number int, p tsp) tsp

// between makes an edit act from one time up to another, in seconds, on one PID or, with -1, on all.
func between(from, until float64, pid int, do edit) edit {
	return func(t time.Duration, number int, p tsp) tsp {
		if t < Seconds(from) || t >= Seconds(until) || pid >= 0 && pidOf(p) != pid {
			return p
		}
		return do(t, number, p)
	}
}

func drop(time.Duration, int, tsp) tsp { return nil }

// inRow does it to some packets in a row out of every n of the stream.
func inRow(n, row int, do edit) edit {
	return func(t time.Duration, number int, p tsp) tsp {
		if number%n >= row {
			return p
		}
		return do(t, number, p)
	}
}

// unsync destroys the sync byte.
func unsync(_ time.Duration, _ int, p tsp) tsp {
	p[0] = 0xb8
	return p
}

// fail sets the transport_error_indicator.
func fail(_ time.Duration, _ int, p tsp) tsp {
	p[1] |= 0x80
	return p
}

// misprint damages the section of a table, after its head.
func misprint(_ time.Duration, _ int, p tsp) tsp {
	p[5+9] ^= 0x55
	return p
}

// spoil damages bits in the payload, after the head of any unit.
func spoil(_ time.Duration, _ int, p tsp) tsp {
	for i := 60; i < 70; i++ {
		p[i] ^= 0xa5
	}
	return p
}

// unclock takes the clock reference away.
func unclock(_ time.Duration, _ int, p tsp) tsp {
	if p.hasClock() {
		p[5] &^= 0x10
		for i := 6; i < 12; i++ {
			p[i] = 0xff
		}
	}
	return p
}

// unstamp takes the time stamps of a unit away.
func unstamp(_ time.Duration, _ int, p tsp) tsp {
	for i, at := range p.stampsAt() {
		if i == 0 {
			p[at-2] &^= 0xc0
		}
		for k := range 5 {
			p[at+k] = 0xff
		}
	}
	return p
}

// ahead puts the clock references ahead.
func ahead(by time.Duration) edit {
	return func(_ time.Duration, _ int, p tsp) tsp {
		if c, ok := p.clock(); ok {
			p.setClock(c + by)
		}
		return p
	}
}

// jump puts the whole time base ahead, or back.
func jump(by time.Duration) edit {
	return func(_ time.Duration, _ int, p tsp) tsp {
		if c, ok := p.clock(); ok {
			p.setClock(c + by)
		}
		p.restamp(func(d time.Duration) time.Duration { return d + by })
		return p
	}
}

// drift runs the sender's clock by parts in a million too fast.
func drift(ppm float64) edit {
	scale := func(d time.Duration) time.Duration { return d + time.Duration(float64(d)*ppm/1e6) }
	return func(_ time.Duration, _ int, p tsp) tsp {
		if c, ok := p.clock(); ok {
			p.setClock(scale(c))
		}
		p.restamp(scale)
		return p
	}
}

// skew stamps the sound later by a share of the time that passes from a moment on.
func skew(from, share float64) edit {
	return func(t time.Duration, _ int, p tsp) tsp {
		if late := time.Duration(share * float64(t-Seconds(from))); late > 0 && p.isAudio() {
			p.restamp(func(d time.Duration) time.Duration { return d + late })
		}
		return p
	}
}
