package webrtc

// The kinds of OBU that matter here (AV1 specification, 6.2.2).
const (
	obuSequence  = 1
	obuDelimiter = 2
	obuTileList  = 8
)

// joinAV1 turns the payloads of a temporal unit into the low-overhead format, in which each OBU has
// its size and a delimiter comes first (AV1 RTP specification, 4.4, 5).
func joinAV1(parts [][]byte) ([]byte, error) {
	out := make([]byte, 0, total(parts)+16*len(parts))
	out = append(out, obuDelimiter<<3|2, 0)
	var held []byte // an OBU that goes on in the next packet
	open := false
	for _, p := range parts {
		if len(p) < 2 {
			return nil, errBroken
		}
		head := p[0]
		if open != (head&0x80 != 0) { // Z: begins with the rest of an OBU
			return nil, errBroken
		}
		count := int(head >> 4 & 3) // W, 0 where each element has its length
		p = p[1:]
		for i := 1; len(p) > 0; i++ {
			n := len(p)
			if count == 0 || i < count {
				size, used := leb128(p)
				if used == 0 || size > len(p)-used {
					return nil, errBroken
				}
				p, n = p[used:], size
			}
			element := p[:n]
			p = p[n:]
			if open {
				element = append(held, element...)
				open = false
			}
			if len(p) == 0 && head&0x40 != 0 { // Y: goes on in the next packet
				held, open = append([]byte(nil), element...), true
				break
			}
			var ok bool
			if out, ok = appendOBU(out, element); !ok {
				return nil, errBroken
			}
			if count > 0 && i == count && len(p) > 0 {
				return nil, errBroken
			}
		}
	}
	if open {
		return nil, errBroken
	}
	return out, nil
}

// appendOBU writes one OBU with its size. Delimiters and tile lists have no place here.
func appendOBU(out, obu []byte) ([]byte, bool) {
	if len(obu) == 0 {
		return out, true
	}
	if obu[0]&0x80 != 0 {
		return nil, false
	}
	kind, head := obu[0]>>3&0xf, 1
	if obu[0]&4 != 0 {
		head = 2
	}
	if len(obu) < head {
		return nil, false
	}
	body := obu[head:]
	if obu[0]&2 != 0 {
		size, used := leb128(body)
		if used == 0 || size > len(body)-used {
			return nil, false
		}
		body = body[used : used+size]
	}
	if kind == obuDelimiter || kind == obuTileList {
		return out, true
	}
	out = append(out, obu[0]|2)
	out = append(out, obu[1:head]...)
	out = appendLEB128(out, len(body))
	return append(out, body...), true
}

// beginsAV1 tells whether a payload begins an OBU; that it is the first of its unit cannot be seen.
func beginsAV1(p []byte) bool { return len(p) > 1 && p[0]&0x80 == 0 }

// leb128 reads a little-endian number and its length, 0 where there is none that fits.
func leb128(b []byte) (value, n int) {
	for n < min(len(b), 4) {
		value |= int(b[n]&0x7f) << (7 * n)
		n++
		if b[n-1] < 0x80 {
			return value, n
		}
	}
	return 0, 0
}

func appendLEB128(out []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}
