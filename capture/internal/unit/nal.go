package unit

import (
	"slices"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"github.com/vedette-av/vedette/capture"
)

// maxSets bounds the bytes of parameter sets that are kept; real ones take some hundred.
const maxSets = 16 << 10

// startCode begins a NAL unit in Annex B of H.264 and HEVC.
const startCode = "\x00\x00\x00\x01"

// nalKind says what one NAL unit is for.
type nalKind byte

const (
	nalOther nalKind = iota
	nalDelimiter
	nalKey // of a picture at which decoding can start
	nalVPS
	nalSPS
	nalPPS
)

// kindOf classifies a NAL unit (H.264 table 7-1, HEVC table 7-1).
func kindOf(codec capture.Codec, nalu []byte) nalKind {
	if codec == capture.H264 {
		switch h264.NALUType(nalu[0] & 0x1f) {
		case h264.NALUTypeIDR:
			return nalKey
		case h264.NALUTypeSPS:
			return nalSPS
		case h264.NALUTypePPS:
			return nalPPS
		case h264.NALUTypeAccessUnitDelimiter:
			return nalDelimiter
		}
		return nalOther
	}
	switch kind := h265.NALUType(nalu[0] >> 1 & 0x3f); {
	case kind >= h265.NALUType_BLA_W_LP && kind <= h265.NALUType_CRA_NUT:
		return nalKey
	case kind == h265.NALUType_VPS_NUT:
		return nalVPS
	case kind == h265.NALUType_SPS_NUT:
		return nalSPS
	case kind == h265.NALUType_PPS_NUT:
		return nalPPS
	case kind == h265.NALUType_AUD_NUT:
		return nalDelimiter
	}
	return nalOther
}

// adoptSets makes the parameter sets among the units those of the stream, where there is a sequence
// set among them, and describes the format by it.
func (s *Stream) adoptSets(nalus [][]byte) {
	var sets [nalPPS + 1][]byte
	var sps []byte
	for _, nalu := range nalus {
		if len(nalu) < 2 {
			continue
		}
		kind := kindOf(s.Format.Codec, nalu)
		if kind < nalVPS {
			continue
		}
		if kind == nalSPS && sps == nil {
			sps = nalu
		}
		sets[kind] = append(append(sets[kind], startCode...), nalu...)
	}
	all := slices.Concat(sets[nalVPS], sets[nalSPS], sets[nalPPS])
	if sps == nil || len(all) > maxSets || string(all) == s.sets {
		return
	}
	s.sets = string(all)
	s.Format.Extra, s.Format.Width, s.Format.Height, s.Format.FrameDuration = s.sets, 0, 0, 0
	describe(&s.Format, sps)
}

// describe fills in what a sequence parameter set says of the picture.
func describe(f *capture.Format, sps []byte) {
	width, height, fps := 0, 0, 0.0
	if f.Codec == capture.H264 {
		var s h264.SPS
		if s.Unmarshal(sps) != nil {
			return
		}
		width, height, fps = s.Width(), s.Height(), s.FPS()
	} else {
		var s h265.SPS
		if s.Unmarshal(sps) != nil {
			return
		}
		width, height, fps = s.Width(), s.Height(), s.FPS()
	}
	const most = 16384 // the largest side of any level
	if width > 0 && height > 0 && width <= most && height <= most {
		f.Width, f.Height = width, height
	}
	if fps >= 1 && fps <= 1000 {
		f.FrameDuration = time.Duration(float64(time.Second) / fps)
	}
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
		size += len(startCode) + len(nalu)
		kind := kindOf(s.Format.Codec, nalu)
		key = key || kind == nalKey
		own = own || kind == nalSPS
	}
	if own {
		s.adoptSets(nalus)
	}
	switch {
	case size == 0:
		return nil, false, ErrEmpty
	case s.sets == "":
		return nil, false, ErrUnconfigured
	}
	front := ""
	if key && !own {
		front = s.sets
	}
	data = make([]byte, 0, size+len(front))
	for _, nalu := range nalus {
		if len(nalu) == 0 {
			continue
		}
		if front != "" && kindOf(s.Format.Codec, nalu) != nalDelimiter { // which is first where it is at all
			data = append(data, front...)
			front = ""
		}
		data = append(append(data, startCode...), nalu...)
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
