package webrtc

// vp8Descriptor returns the length of the payload descriptor (RFC 7741, 4.2), 0 where it is cut
// off, and whether the payload begins a frame.
func vp8Descriptor(p []byte) (n int, begins bool) {
	if len(p) < 1 {
		return 0, false
	}
	begins = p[0]&0x10 != 0 && p[0]&0x07 == 0
	n = 1
	if p[0]&0x80 != 0 {
		if len(p) < 2 {
			return 0, false
		}
		flags := p[1]
		n = 2
		if flags&0x80 != 0 { // picture id
			if len(p) <= n {
				return 0, false
			}
			if p[n]&0x80 != 0 {
				n++
			}
			n++
		}
		if flags&0x40 != 0 {
			n++
		}
		if flags&0x30 != 0 {
			n++
		}
	}
	if len(p) < n {
		return 0, false
	}
	return n, begins
}

func beginsVP8(p []byte) bool {
	_, begins := vp8Descriptor(p)
	return begins
}

// joinVP8 takes the descriptors off.
func joinVP8(parts [][]byte) ([]byte, error) { return joinBehind(parts, vp8Descriptor) }

// joinBehind joins what is behind the descriptors of the packets, the first of which has to begin a
// frame.
func joinBehind(parts [][]byte, descriptor func([]byte) (int, bool)) ([]byte, error) {
	out := make([]byte, 0, total(parts))
	for i, p := range parts {
		n, begins := descriptor(p)
		if n == 0 || i == 0 && !begins {
			return nil, errBroken
		}
		out = append(out, p[n:]...)
	}
	return out, nil
}

// vp9Descriptor returns the length of the payload descriptor (RFC 9628, 4.2), 0 where it is cut off,
// and whether the payload begins a frame of any layer.
func vp9Descriptor(p []byte) (n int, begins bool) {
	if len(p) < 1 {
		return 0, false
	}
	d := p[0]
	begins = d&0x08 != 0
	n = 1
	if d&0x80 != 0 { // I: picture id
		if len(p) <= n {
			return 0, false
		}
		if p[n]&0x80 != 0 {
			n++
		}
		n++
	}
	flexible := d&0x10 != 0
	if d&0x20 != 0 { // L: layer indices
		n++
		if !flexible {
			n++
		}
	}
	if flexible && d&0x40 != 0 { // P: up to three references
		for i := 0; ; i++ {
			if i == 3 || len(p) <= n {
				return 0, false
			}
			more := p[n]&1 != 0
			n++
			if !more {
				break
			}
		}
	}
	if d&0x02 != 0 {
		if n = vp9Structure(p, n); n == 0 {
			return 0, false
		}
	}
	if len(p) < n {
		return 0, false
	}
	return n, begins
}

// vp9Structure returns where the scalability structure that begins at n ends, 0 where it is cut off.
func vp9Structure(p []byte, n int) int {
	if len(p) <= n {
		return 0
	}
	v := p[n]
	n++
	if v&0x10 != 0 { // Y: a resolution for each layer
		n += 4 * (int(v>>5) + 1)
	}
	if v&0x08 == 0 { // G: a picture group
		return n
	}
	if len(p) <= n {
		return 0
	}
	pictures := int(p[n])
	n++
	for range pictures {
		if len(p) <= n {
			return 0
		}
		n += 1 + int(p[n]>>2&3)
	}
	return n
}

// beginsVP9 tells whether a payload begins a picture: a frame of its lowest layer.
func beginsVP9(p []byte) bool {
	n, begins := vp9Descriptor(p)
	if n == 0 || !begins {
		return false
	}
	if p[0]&0x20 == 0 {
		return true
	}
	at := 1
	if p[0]&0x80 != 0 {
		at++
		if p[1]&0x80 != 0 {
			at++
		}
	}
	return p[at]>>1&7 == 0 // SID
}

// joinVP9 takes the descriptors off. The frames of several spatial layers follow each other as they
// do in a superframe without its index; senders are asked for one layer only.
func joinVP9(parts [][]byte) ([]byte, error) { return joinBehind(parts, vp9Descriptor) }
