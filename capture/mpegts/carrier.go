package mpegts

import (
	"encoding/binary"

	"github.com/vedette-av/vedette/capture"
)

// carrier collects the transport packets of one PES packet at a time, of a track whose coding is the
// business of the decoder's library.
type carrier struct {
	format capture.Format
	emit   func(unit)

	buf     []byte
	head    []byte // of the PES packet, while it is not complete
	inHead  bool
	open    bool // buf begins with a PES packet
	left    int  // payload that is still to come; -1 where its length is not told, or not to be relied on
	now     stamp
	key     bool
	marked  bool // the stream marks where decoding can start
	corrupt bool
	lost    int
}

func newCarrier(s stream, emit func(unit)) *carrier {
	return &carrier{format: capture.Format{Media: s.media, Codec: s.codec, Extra: s.tables}, emit: emit}
}

// packet takes a packet and reports whether what it belongs to is scrambled.
func (c *carrier) packet(p packet) (scrambled bool) {
	if p.start {
		c.flush()
		c.marked = c.marked || p.randomAccess
		c.open, c.inHead, c.left, c.now = true, true, -1, unstamped
		// A stream that never marks any place is let in anywhere.
		c.key = p.randomAccess || !c.marked || c.format.Media == capture.Audio
	}
	if !c.open {
		return false
	}
	c.buf = append(c.buf, p.whole...)
	rest := len(p.payload)
	if c.inHead {
		c.head = append(c.head, p.payload...)
		h, complete := parsePES(c.head)
		if !complete {
			return false
		}
		rest = len(c.head) - h.size
		c.inHead, c.head = false, c.head[:0]
		if !h.media || h.scrambled {
			c.drop()
			return h.scrambled
		}
		c.now = h.stamp
		if c.format.Media == capture.Audio {
			c.left = h.payload
		}
	}
	if c.left >= 0 {
		if c.left -= rest; c.left <= 0 {
			c.flush()
		}
	}
	if len(c.buf) > mostUnit {
		c.lost++
		c.drop()
	}
	return false
}

// lose says that packets are missing.
func (c *carrier) lose() {
	switch {
	case c.inHead:
		c.lost++
		c.drop()
	case c.open:
		c.corrupt = true
	}
}

// flush hands over the PES packet that has come.
func (c *carrier) flush() {
	if c.open && !c.inHead {
		u := unit{stamp: c.now, data: c.buf, format: c.format, key: c.key, corrupt: c.corrupt, lost: c.lost}
		c.buf, c.lost = make([]byte, 0, len(c.buf)), 0
		c.emit(u)
	}
	c.drop()
}

// drop forgets the PES packet that has begun.
func (c *carrier) drop() {
	c.buf, c.head = c.buf[:0], c.head[:0]
	c.open, c.inHead, c.corrupt = false, false, false
}

// carried returns the packets of a PAT and a PMT with one stream alone: what the library must know of
// it, and nothing that changes while the stream stays the same. programme and own are the descriptors
// of both.
func carried(s stream, number uint16, programme, own []byte) string {
	const most = 1021 - 9 - 5 - 4 // of a section, without its heads and CRC (ISO/IEC 13818-1, 2.4.4.9)
	var registration []byte       // of the programme, by which the library reads stream types
	descriptors(programme, func(tag byte, body []byte) {
		if tag == 0x05 {
			registration = append([]byte{tag, byte(len(body))}, body...)
		}
	})
	if s.kind == trueHD { // which means that to the library only as Blu-ray discs have it
		registration = []byte{0x05, 4, 'H', 'D', 'M', 'V'}
	}
	if len(registration)+len(own) > most {
		own = nil
	}
	table := uint16(0x1000)
	if s.pid == table {
		table++
	}
	const reserved = 0xe000 // bits above a PID
	pat := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, number), reserved|table)
	pmt := binary.BigEndian.AppendUint16(nil, reserved|s.pid) // of the PCR; it is not asked for
	pmt = binary.BigEndian.AppendUint16(pmt, 0xf000|uint16(len(registration)))
	pmt = append(append(pmt, registration...), s.kind)
	pmt = binary.BigEndian.AppendUint16(pmt, reserved|s.pid)
	pmt = binary.BigEndian.AppendUint16(pmt, 0xf000|uint16(len(own)))
	pmt = append(pmt, own...)
	b := packets(nil, 0, section(tablePAT, 1, pat))
	return string(packets(b, table, section(tablePMT, number, pmt)))
}

// section makes a table section of the long form.
func section(id byte, extension uint16, body []byte) []byte {
	b := []byte{id, 0, 0, 0, 0, 0xc1, 0, 0} // version 0, valid now, the only section
	binary.BigEndian.PutUint16(b[1:], 0xb000|uint16(5+len(body)+4))
	binary.BigEndian.PutUint16(b[3:], extension)
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc(b))
}

// packets appends the transport packets of one section.
func packets(b []byte, pid uint16, section []byte) []byte {
	payload := append([]byte{0}, section...) // pointer_field
	for n := 0; len(payload) > 0; n++ {
		begin := len(b)
		b = append(b, syncByte, byte(pid>>8), byte(pid), 0x10|byte(n&0xf))
		if n == 0 {
			b[begin+1] |= 0x40
		}
		size := min(len(payload), packetSize-4)
		b = append(b, payload[:size]...)
		payload = payload[size:]
		for len(b) < begin+packetSize {
			b = append(b, 0xff)
		}
	}
	return b
}
