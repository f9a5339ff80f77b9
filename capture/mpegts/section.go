package mpegts

// mostSection is the longest that a section may be, with its head (ISO/IEC 13818-1, 2.4.4.11).
const mostSection = 4096

// sections puts the sections of one PID together. The zero value is ready to use.
type sections struct {
	part []byte
	open bool // part is the beginning of a section
}

// write takes the payload of the next packet. emit's slice holds only during the call.
func (s *sections) write(p packet, emit func([]byte)) {
	b := p.payload
	if !p.start {
		if s.open {
			s.add(b, emit)
		}
		return
	}
	pointer := int(b[0])
	if b = b[1:]; pointer > len(b) {
		s.drop()
		return
	}
	if s.open {
		s.add(b[:pointer], emit)
	}
	// Whatever the section before still lacks, it will not come.
	s.part, s.open = s.part[:0], true
	s.add(b[pointer:], emit)
}

// drop forgets the section that has begun, after a loss.
func (s *sections) drop() { s.part, s.open = s.part[:0], false }

// add takes bytes and emits the sections that are complete.
func (s *sections) add(b []byte, emit func([]byte)) {
	s.part = append(s.part, b...)
	for {
		if len(s.part) > 0 && s.part[0] == 0xff { // stuffing up to the next start
			s.drop()
			return
		}
		if len(s.part) < 3 {
			return
		}
		size := 3 + int(s.part[1]&0xf)<<8 + int(s.part[2])
		if size > mostSection {
			s.drop()
			return
		}
		if len(s.part) < size {
			return
		}
		emit(s.part[:size:size])
		s.part = append(s.part[:0], s.part[size:]...)
	}
}

// crcTable is that of CRC-32/MPEG-2 (ISO/IEC 13818-1, annex A): not reflected, without final XOR.
var crcTable = func() (table [256]uint32) {
	for n := range table {
		c := uint32(n) << 24
		for range 8 {
			if c&0x8000_0000 != 0 {
				c = c<<1 ^ 0x04c1_1db7
			} else {
				c <<= 1
			}
		}
		table[n] = c
	}
	return table
}()

// crcRight reports whether a section with its CRC leaves no remainder.
func crcRight(section []byte) bool { return crc(section) == 0 }

func crc(section []byte) uint32 {
	c := uint32(0xffff_ffff)
	for _, b := range section {
		c = c<<8 ^ crcTable[byte(c>>24)^b]
	}
	return c
}
