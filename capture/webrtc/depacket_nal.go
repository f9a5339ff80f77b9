package webrtc

import (
	"encoding/binary"
	"errors"
)

// errBroken is an access unit whose packets contradict each other.
var errBroken = errors.New("malformed payload")

// startCode begins a NAL unit in Annex B of H.264 and HEVC.
const startCode = "\x00\x00\x00\x01"

// The payload structures of RFC 6184 and of RFC 7798.
const (
	stapA  = 24
	fuA    = 28
	hevcAP = 48
	hevcFU = 49
)

// joinH264 turns the payloads of an access unit into Annex B (RFC 6184, 5; packetization modes 0
// and 1).
func joinH264(parts [][]byte) ([]byte, error) {
	out := make([]byte, 0, total(parts)+8*len(parts))
	open := false // inside a fragmented unit
	for _, p := range parts {
		if len(p) < 1 {
			continue
		}
		kind := p[0] & 0x1f
		if open != (kind == fuA && len(p) > 1 && p[1]&0x80 == 0) {
			return nil, errBroken
		}
		switch {
		case kind == 0 || kind > stapA && kind != fuA:
			return nil, errBroken // not of the modes that are agreed on
		case kind == fuA:
			if len(p) < 3 {
				return nil, errBroken
			}
			if p[1]&0x80 != 0 {
				out = append(append(out, startCode...), p[0]&0xe0|p[1]&0x1f)
			}
			out = append(out, p[2:]...)
			open = p[1]&0x40 == 0
		case kind == stapA:
			var ok bool
			if out, ok = appendSized(out, p[1:]); !ok {
				return nil, errBroken
			}
		default:
			out = append(append(out, startCode...), p...)
		}
	}
	if open {
		return nil, errBroken
	}
	return out, nil
}

// joinHEVC does the same for HEVC (RFC 7798, 4.4), without decoding order numbers, which nobody
// sends over WebRTC.
func joinHEVC(parts [][]byte) ([]byte, error) {
	out := make([]byte, 0, total(parts)+8*len(parts))
	open := false
	for _, p := range parts {
		if len(p) < 1 {
			continue
		}
		if len(p) < 3 {
			return nil, errBroken
		}
		kind := p[0] >> 1 & 0x3f
		if open != (kind == hevcFU && p[2]&0x80 == 0) {
			return nil, errBroken
		}
		switch {
		case kind > hevcFU:
			return nil, errBroken
		case kind == hevcFU:
			if len(p) < 4 {
				return nil, errBroken
			}
			if p[2]&0x80 != 0 {
				out = append(append(out, startCode...), p[0]&0x81|p[2]&0x3f<<1, p[1])
			}
			out = append(out, p[3:]...)
			open = p[2]&0x40 == 0
		case kind == hevcAP:
			var ok bool
			if out, ok = appendSized(out, p[2:]); !ok {
				return nil, errBroken
			}
		default:
			out = append(append(out, startCode...), p...)
		}
	}
	if open {
		return nil, errBroken
	}
	return out, nil
}

// appendSized adds the units of an aggregate, each of which is behind its length.
func appendSized(out, b []byte) ([]byte, bool) {
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n > len(b) {
			return nil, false
		}
		if n > 0 {
			out = append(append(out, startCode...), b[:n]...)
		}
		b = b[n:]
	}
	return out, true
}

// beginsH264 tells whether a payload can be the first of a picture: parameter sets and the like, or
// a slice with the first macroblock (first_mb_in_slice is 0 where its first bit is 1).
func beginsH264(p []byte) bool {
	if len(p) < 2 {
		return false
	}
	switch p[0] & 0x1f {
	case fuA:
		return len(p) > 2 && p[1]&0x80 != 0 && p[2]&0x80 != 0
	case 1, 5:
		return p[1]&0x80 != 0
	}
	return true
}

// beginsHEVC does the same for HEVC, by first_slice_segment_in_pic_flag.
func beginsHEVC(p []byte) bool {
	if len(p) < 4 {
		return false
	}
	kind := p[0] >> 1 & 0x3f
	if kind == hevcFU {
		return p[2]&0x80 != 0 && (p[2]&0x3f >= 32 || p[3]&0x80 != 0)
	}
	return kind >= 32 || p[2]&0x80 != 0
}

func total(parts [][]byte) int {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	return n
}
