package rtmp

import (
	"encoding/binary"
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

// nalConfig is the state of a track of H.264 or HEVC. Both come as NAL units behind their lengths
// and leave in Annex B, with the parameter sets in front of each key picture and in Extra, so that
// a decoder may open on either.
type nalConfig struct {
	lengthSize int
	sets       string // the parameter sets in Annex B, in the order in which they refer to each other
}

// nalKind says what one NAL unit is for.
type nalKind byte

const (
	nalOther nalKind = iota
	nalKey           // of a picture at which decoding can start
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
	}
	return nalOther
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

// adoptSets makes the parameter sets among the units those of the track, where there is a sequence
// set among them, and describes the format by it.
func (t *track) adoptSets(codec capture.Codec, nalus [][]byte) {
	var sets [nalPPS + 1][]byte
	var sps []byte
	for _, nalu := range nalus {
		if len(nalu) < 2 {
			continue
		}
		kind := kindOf(codec, nalu)
		if kind < nalVPS {
			continue
		}
		if kind == nalSPS && sps == nil {
			sps = nalu
		}
		sets[kind] = append(append(sets[kind], startCode...), nalu...)
	}
	all := slices.Concat(sets[nalVPS], sets[nalSPS], sets[nalPPS])
	if sps == nil || len(all) > maxSets || string(all) == t.video.nal.sets && t.format.Codec == codec {
		return
	}
	t.video.nal.sets = string(all)
	t.format = capture.Format{Media: capture.Video, Codec: codec, Extra: string(all)}
	describe(&t.format, sps)
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
		switch kind := kindOf(codec, nalu); {
		case kind == nalKey:
			u.key = true
		case kind >= nalVPS:
			own = own || kind == nalSPS
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
