// Package nal knows the NAL units of H.264 and HEVC as far as the ways in need it: what a unit is
// for, and what the parameter sets of a stream say.
package nal

import (
	"slices"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"github.com/vedette-av/vedette/capture"
)

// StartCode begins a NAL unit in Annex B of H.264 and HEVC.
const StartCode = "\x00\x00\x00\x01"

// MaxSets bounds the bytes of parameter sets that are kept; real ones take some hundred.
const MaxSets = 16 << 10

// Kind says what one NAL unit is for.
type Kind byte

// The kinds that matter here. The parameter sets come last, in the order in which they refer to
// each other.
const (
	Other Kind = iota
	Delimiter
	Key // of a picture at which decoding can start
	VPS
	SPS
	PPS
)

// IsSet tells a parameter set.
func (k Kind) IsSet() bool { return k >= VPS }

// KindOf classifies a NAL unit, which must not be empty (H.264 table 7-1, HEVC table 7-1).
func KindOf(codec capture.Codec, nalu []byte) Kind {
	if codec == capture.H264 {
		switch h264.NALUType(nalu[0] & 0x1f) {
		case h264.NALUTypeIDR:
			return Key
		case h264.NALUTypeSPS:
			return SPS
		case h264.NALUTypePPS:
			return PPS
		case h264.NALUTypeAccessUnitDelimiter:
			return Delimiter
		}
		return Other
	}
	switch kind := h265.NALUType(nalu[0] >> 1 & 0x3f); {
	case kind >= h265.NALUType_BLA_W_LP && kind <= h265.NALUType_CRA_NUT:
		return Key
	case kind == h265.NALUType_VPS_NUT:
		return VPS
	case kind == h265.NALUType_SPS_NUT:
		return SPS
	case kind == h265.NALUType_PPS_NUT:
		return PPS
	case kind == h265.NALUType_AUD_NUT:
		return Delimiter
	}
	return Other
}

// Sets collects the parameter sets among the units of one codec.
type Sets struct {
	Codec capture.Codec
	of    [PPS + 1][]byte // in Annex B
	sps   []byte          // the first
}

// Add takes a unit up if it is a parameter set, and tells what it is. A unit too short to be
// anything is Other.
func (s *Sets) Add(nalu []byte) Kind {
	if len(nalu) < 2 {
		return Other
	}
	kind := KindOf(s.Codec, nalu)
	if !kind.IsSet() {
		return kind
	}
	if kind == SPS && s.sps == nil {
		s.sps = nalu
	}
	s.of[kind] = append(append(s.of[kind], StartCode...), nalu...)
	return kind
}

// HasSequence tells whether a sequence parameter set is among them.
func (s *Sets) HasSequence() bool { return s.sps != nil }

// Format returns what the sets make of the format of a track: they become its Extra, in Annex B,
// and describe the picture. It is the format given where they are none, the same, or too many to
// be real.
func (s *Sets) Format(was capture.Format) capture.Format {
	all := slices.Concat(s.of[VPS], s.of[SPS], s.of[PPS])
	if s.sps == nil || len(all) > MaxSets || was.Codec == s.Codec && string(all) == was.Extra {
		return was
	}
	f := capture.Format{Media: capture.Video, Codec: s.Codec, Extra: string(all)}
	describe(&f, s.sps)
	return f
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
