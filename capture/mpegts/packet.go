package mpegts

import "encoding/binary"

// The sizes of transport packets: plain, and with 16 bytes of Reed-Solomon parity behind each.
const (
	packetSize = 188
	paritySize = 204
)

const (
	syncByte = 0x47
	nullPID  = 0x1fff
	mostPIDs = 0x2000
)

// noClock stands where a packet carries no PCR.
const noClock = int64(-1)

// packet is one transport packet, read (ISO/IEC 13818-1, 2.4.3.2).
type packet struct {
	pid           uint16
	failed        bool // transport_error_indicator: the demodulator could not repair it
	start         bool // payload_unit_start_indicator
	scrambled     bool
	discontinuity bool
	randomAccess  bool
	counter       byte
	pcr           int64  // in units of 27 MHz, or noClock
	payload       []byte // nil where there is none; part of the packet
	whole         []byte // the packet itself, without parity
}

// parsePacket reads a packet that begins with the sync byte. It reports false where the adaptation
// field contradicts the packet's size.
func parsePacket(b []byte) (packet, bool) {
	p := packet{
		pid:       binary.BigEndian.Uint16(b[1:]) & 0x1fff,
		failed:    b[1]&0x80 != 0,
		start:     b[1]&0x40 != 0,
		scrambled: b[3]&0xc0 != 0,
		counter:   b[3] & 0xf,
		pcr:       noClock,
		whole:     b[:packetSize:packetSize],
	}
	body := b[4:packetSize:packetSize]
	if b[3]&0x20 != 0 { // adaptation field
		size := int(body[0])
		if size > len(body)-1 {
			return p, false
		}
		p.adaptation(body[1 : 1+size])
		body = body[1+size:]
	}
	if b[3]&0x10 != 0 && len(body) > 0 {
		p.payload = body
	}
	return p, true
}

// adaptation reads the adaptation field without its length.
func (p *packet) adaptation(b []byte) {
	if len(b) == 0 {
		return
	}
	p.discontinuity, p.randomAccess = b[0]&0x80 != 0, b[0]&0x40 != 0
	if b[0]&0x10 != 0 && len(b) >= 7 {
		base := int64(binary.BigEndian.Uint32(b[1:]))<<1 | int64(b[5]>>7)
		p.pcr = base*300 + int64(b[5]&1)<<8 + int64(b[6])
	}
}
