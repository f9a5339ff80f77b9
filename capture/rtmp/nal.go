package rtmp

import (
	"encoding/binary"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

const startCode = nal.StartCode

// nalConfig is the state of a track of H.264 or HEVC. Both come as NAL units behind their lengths
// and leave in Annex B, with the parameter sets in front of each key picture and in Extra, so that
// a decoder may open on either.
type nalConfig struct {
	lengthSize int
	sets       string // the parameter sets in Annex B, in the order in which they refer to each other
}

// configureNAL takes an avcC or hvcC record (ISO/IEC 14496-15, 5.3.3 and 8.3.3).
func (t *track) configureNAL(codec capture.Codec, record []byte) error {
	parse := parseAVCC
	if codec == capture.HEVC {
		parse = parseHVCC
	}
	size, nalus, ok := parse(record)
	if !ok {
		return errMalformed
	}
	t.video = videoConfig{codec: codec, nal: &nalConfig{lengthSize: size}}
	t.adoptSets(codec, nalus)
	return nil
}

// adoptSets makes the parameter sets among the units those of the track.
func (t *track) adoptSets(codec capture.Codec, nalus [][]byte) {
	sets := nal.Sets{Codec: codec}
	for _, nalu := range nalus {
		sets.Add(nalu)
	}
	if f := sets.Format(t.format); sets.HasSequence() && f.Codec == codec {
		t.format, t.video.nal.sets = f, f.Extra
	}
}

// nalUnits turns an access unit into Annex B, in place where the lengths are as long as start codes,
// and puts the parameter sets in front of a key picture that does not bring its own.
func (t *track) nalUnits(u *unit) error {
	codec, c := t.video.codec, t.video.nal
	var inBand [][]byte
	own, size, some := false, 0, false
	for b := u.data; len(b) > 0; {
		nalu, rest, ok := sizedNAL(b, c.lengthSize)
		if !ok {
			return errMalformed
		}
		b = rest
		if len(nalu) == 0 {
			continue
		}
		some = true
		size += len(startCode) + len(nalu)
		switch kind := nal.KindOf(codec, nalu); {
		case kind == nal.Key:
			u.key = true
		case kind.IsSet():
			own = own || kind == nal.SPS
			inBand = append(inBand, nalu)
		}
	}
	if !some {
		return errEmpty
	}
	if own {
		t.adoptSets(codec, inBand)
	}
	if c.sets == "" {
		return errUnconfigured
	}
	front := ""
	if u.key && !own {
		front = c.sets
	}
	if front == "" && c.lengthSize == len(startCode) {
		annexBInPlace(u.data)
		return nil
	}
	u.data = annexB(front, u.data, c.lengthSize, size)
	return nil
}

// sizedNAL splits the first NAL unit off an access unit.
func sizedNAL(b []byte, lengthSize int) (nalu, rest []byte, ok bool) {
	if len(b) < lengthSize {
		return nil, nil, false
	}
	n := 0
	for _, v := range b[:lengthSize] {
		n = n<<8 | int(v)
	}
	if b = b[lengthSize:]; n > len(b) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// annexBInPlace writes start codes over lengths of four bytes that are known to add up.
func annexBInPlace(b []byte) {
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint32(b))
		copy(b, startCode)
		b = b[len(startCode)+n:]
	}
}

// annexB copies an access unit whose lengths are known to add up, after what goes in front.
func annexB(front string, b []byte, lengthSize, size int) []byte {
	out := make([]byte, 0, len(front)+size)
	out = append(out, front...)
	for len(b) > 0 {
		nalu, rest, _ := sizedNAL(b, lengthSize)
		if b = rest; len(nalu) > 0 {
			out = append(append(out, startCode...), nalu...)
		}
	}
	return out
}
