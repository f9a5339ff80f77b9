package rtmp

import "github.com/bluenviron/gortmplib/pkg/message"

// fourCC names a codec in Enhanced RTMP.
type fourCC = message.FourCC

// What gortmplib does not know of Enhanced RTMP v2.
const (
	fourCCVP8  fourCC = 'v'<<24 | 'p'<<16 | '0'<<8 | '8'
	fourCCVVC  fourCC = 'v'<<24 | 'v'<<16 | 'c'<<8 | '1'
	fourCCEAC3 fourCC = 'e'<<24 | 'c'<<16 | '-'<<8 | '3'

	exModEx = 7 // packet type of video and audio: a modifier stands in front
)

// part is one track's share of an enhanced message.
type part struct {
	id   byte
	kind byte // packet type
	four fourCC
	body []byte
}

// enhanced takes apart the rest of a message after its first byte (Enhanced RTMP v2, "Enhanced
// Video" and "Enhanced Audio"), where kind is the packet type in that byte and multi the one that
// stands for several tracks. It calls each for every track in it.
func enhanced(kind, multi byte, b []byte, each func(part) error) error {
	for kind == exModEx {
		var err error
		if kind, b, err = skipModifier(b); err != nil {
			return err
		}
	}
	if kind != multi {
		if len(b) < 4 {
			return errMalformed
		}
		return each(part{kind: kind, four: readFourCC(b), body: b[4:]})
	}
	if len(b) < 1 {
		return errMalformed
	}
	const one, many, manyCodecs = 0, 1, 2
	layout, kind := b[0]>>4, b[0]&0xf
	b = b[1:]
	if layout > manyCodecs || kind == multi {
		return errMalformed
	}
	var four fourCC
	if layout != manyCodecs {
		if len(b) < 4 {
			return errMalformed
		}
		four, b = readFourCC(b), b[4:]
	}
	for len(b) > 0 {
		if layout == manyCodecs {
			if len(b) < 4 {
				return errMalformed
			}
			four, b = readFourCC(b), b[4:]
		}
		if len(b) < 1 {
			return errMalformed
		}
		id := b[0]
		b = b[1:]
		size := len(b)
		if layout != one {
			if len(b) < 3 {
				return errMalformed
			}
			size = int(b[0])<<16 | int(b[1])<<8 | int(b[2])
			b = b[3:]
			if size > len(b) {
				return errMalformed
			}
		}
		if err := each(part{id: id, kind: kind, four: four, body: b[:size:size]}); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// skipModifier steps over one ModEx block; what they carry today, nanoseconds, is finer than needed.
func skipModifier(b []byte) (kind byte, rest []byte, err error) {
	if len(b) < 1 {
		return 0, nil, errMalformed
	}
	size := int(b[0]) + 1
	b = b[1:]
	if size == 256 {
		if len(b) < 2 {
			return 0, nil, errMalformed
		}
		size = int(b[0])<<8 + int(b[1]) + 1
		b = b[2:]
	}
	if len(b) < size+1 {
		return 0, nil, errMalformed
	}
	return b[size] & 0xf, b[size+1:], nil
}

func readFourCC(b []byte) fourCC {
	return fourCC(b[0])<<24 | fourCC(b[1])<<16 | fourCC(b[2])<<8 | fourCC(b[3])
}

// signed24 reads a composition time offset.
func signed24(b []byte) int32 {
	return int32(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8) >> 8
}

func fourCCText(f fourCC) string {
	return string([]byte{byte(f >> 24), byte(f >> 16), byte(f >> 8), byte(f)})
}
