package rtmp

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"
)

// av1Unit looks for the sequence header that begins each key temporal unit (AV1 specification, 7.5).
// A unit whose OBUs do not add up is dropped.
func (t *track) av1Unit(u *unit) error {
	found := false
	for b := u.data; len(b) > 0; {
		obu, rest, err := nextOBU(b)
		if err != nil {
			return err
		}
		if av1.OBUType(obu.kind) == av1.OBUTypeSequenceHeader {
			found = true
			// The decoder opens on the sequence header alone (low-overhead format, with its size).
			if extra := string(obu.whole); extra != t.format.Extra {
				t.format.Extra = extra
				var h av1.SequenceHeader
				if h.Unmarshal(append([]byte{obu.whole[0] &^ 0b110}, obu.payload...)) == nil {
					t.format.Width, t.format.Height = h.Width(), h.Height()
				}
			}
		}
		b = rest
	}
	u.key = u.key || found
	return nil
}

// obu is one open bitstream unit.
type obu struct {
	kind           byte
	whole, payload []byte
}

// nextOBU splits the first unit off a temporal unit (AV1 specification, 5.3). One without a size
// reaches to the end.
func nextOBU(b []byte) (obu, []byte, error) {
	head := 1
	if b[0]&0b100 != 0 {
		head = 2
	}
	if b[0]&0x80 != 0 || len(b) < head {
		return obu{}, nil, errMalformed
	}
	size := len(b) - head
	if b[0]&0b10 != 0 {
		n := 0
		if size, n = leb128(b[head:]); n == 0 {
			return obu{}, nil, errMalformed
		}
		head += n
		if size > len(b)-head {
			return obu{}, nil, errMalformed
		}
	}
	end := head + size
	return obu{kind: b[0] >> 3 & 0xf, whole: b[:end], payload: b[head:end]}, b[end:], nil
}

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

// vp9Unit reads the frame header: senders do not agree on marking key frames.
func (t *track) vp9Unit(u *unit) {
	var h vp9.Header
	if h.Unmarshal(u.data) != nil || h.ShowExistingFrame {
		return
	}
	u.key = !h.NonKeyFrame
	if u.key && h.FrameSize != nil {
		t.format.Width, t.format.Height = h.Width(), h.Height()
	}
}

// vp8Unit reads the frame tag and, in a key frame, the size after its start code (RFC 6386, 9.1).
func (t *track) vp8Unit(u *unit) {
	b := u.data
	u.key = b[0]&1 == 0
	if u.key && len(b) >= 10 && b[3] == 0x9d && b[4] == 0x01 && b[5] == 0x2a {
		t.format.Width = int(b[6]) | int(b[7]&0x3f)<<8
		t.format.Height = int(b[8]) | int(b[9]&0x3f)<<8
	}
}
