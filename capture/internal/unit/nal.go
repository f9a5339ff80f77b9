package unit

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

// adoptSets makes the parameter sets among the units those of the stream.
func (s *Stream) adoptSets(nalus [][]byte) {
	sets := nal.Sets{Codec: s.Format.Codec}
	for _, nalu := range nalus {
		sets.Add(nalu)
	}
	s.Format = sets.Format(s.Format)
}

// packNAL joins an access unit in Annex B, with the parameter sets in front of a key picture that
// does not bring its own. Open groups of pictures of H.264 begin at a picture without an IDR; where
// it has a sequence set in front a decoder can begin there all the same.
func (s *Stream) packNAL(nalus [][]byte) (data []byte, key bool, err error) {
	size, own := 0, false
	for _, nalu := range nalus {
		if len(nalu) == 0 {
			continue
		}
		size += len(nal.StartCode) + len(nalu)
		kind := nal.KindOf(s.Format.Codec, nalu)
		key = key || kind == nal.Key
		own = own || kind == nal.SPS
	}
	if own {
		s.adoptSets(nalus)
	}
	switch {
	case size == 0:
		return nil, false, ErrEmpty
	case s.Format.Extra == "":
		return nil, false, ErrUnconfigured
	}
	front := ""
	if key && !own {
		front = s.Format.Extra
	}
	data = make([]byte, 0, size+len(front))
	for _, nalu := range nalus {
		if len(nalu) == 0 {
			continue
		}
		if front != "" && nal.KindOf(s.Format.Codec, nalu) != nal.Delimiter { // which is first where it is at all
			data = append(data, front...)
			front = ""
		}
		data = append(append(data, nal.StartCode...), nalu...)
	}
	return data, key || own && s.Format.Codec == capture.H264 && startsGroup(nalus), nil
}

// startsGroup tells an access unit of H.264 that carries a recovery point or pictures of intra slices
// after its own sequence set.
func startsGroup(nalus [][]byte) bool {
	for _, nalu := range nalus {
		if len(nalu) < 2 {
			continue
		}
		switch h264.NALUType(nalu[0] & 0x1f) {
		case h264.NALUTypeSEI:
			if nalu[1] == 6 { // recovery point (H.264 D.1)
				return true
			}
		case h264.NALUTypeNonIDR:
			return intraSlice(nalu)
		}
	}
	return false
}

// intraSlice reads slice_type of a slice header: two Exp-Golomb codes, of which the second is 2 or 7
// for I slices (H.264 7.3.3, table 7-6).
func intraSlice(nalu []byte) bool {
	pos := 8
	bit := func() int {
		if pos/8 >= len(nalu) {
			return -1
		}
		v := int(nalu[pos/8]>>(7-pos%8)) & 1
		pos++
		return v
	}
	read := func() int {
		zeros := 0
		for b := bit(); b == 0; b = bit() {
			if zeros++; zeros > 16 {
				return -1
			}
		}
		v := 1
		for range zeros {
			b := bit()
			if b < 0 {
				return -1
			}
			v = v<<1 | b
		}
		return v - 1
	}
	if read() < 0 {
		return false
	}
	kind := read()
	return kind == 2 || kind == 7
}
