package webrtc

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"

	"github.com/vedette-av/vedette/capture"
)

// maxSets bounds the bytes of parameter sets that are kept; real ones take some hundred.
const maxSets = 16 << 10

// picture is what an access unit of video says of itself.
type picture struct {
	format capture.Format // of the track, from this unit on
	data   []byte         // with parameter sets in front where it needs them
	key    bool
}

// look finds out whether a unit is a key picture and how it is coded, given how its track was.
func look(f capture.Format, data []byte) picture {
	p := picture{format: f, data: data}
	switch f.Codec {
	case capture.H264, capture.HEVC:
		p.lookNAL()
	case capture.AV1:
		p.lookAV1()
	case capture.VP9:
		var h vp9.Header
		if h.Unmarshal(data) == nil && !h.ShowExistingFrame && !h.NonKeyFrame {
			p.key = true
			if h.FrameSize != nil {
				p.format.Width, p.format.Height = h.Width(), h.Height()
			}
		}
	case capture.VP8: // RFC 6386, 9.1
		p.key = len(data) >= 10 && data[0]&1 == 0 && data[3] == 0x9d && data[4] == 0x01 && data[5] == 0x2a
		if p.key {
			p.format.Width = int(data[6]) | int(data[7]&0x3f)<<8
			p.format.Height = int(data[8]) | int(data[9]&0x3f)<<8
		}
	}
	return p
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

// lookNAL adopts the parameter sets of a unit in Annex B, and puts those of the track in front of a
// key picture that does not bring its own, so that a decoder may open on it.
func (p *picture) lookNAL() {
	var sets [nalPPS + 1][]byte
	var sps []byte
	for nalu := range bytes.SplitSeq(p.data, []byte(startCode)) {
		if len(nalu) < 2 {
			continue
		}
		kind := kindOf(p.format.Codec, nalu)
		p.key = p.key || kind == nalKey
		if kind < nalVPS {
			continue
		}
		if kind == nalSPS && sps == nil {
			sps = nalu
		}
		sets[kind] = append(append(sets[kind], startCode...), nalu...)
	}
	if sps != nil {
		p.format = withSets(p.format, sets, sps)
	} else if p.key {
		p.data = slices.Concat([]byte(p.format.Extra), p.data)
	}
	p.key = p.key && p.format.Extra != ""
}

// withSets is the format of a track by its parameter sets.
func withSets(f capture.Format, sets [nalPPS + 1][]byte, sps []byte) capture.Format {
	all := slices.Concat(sets[nalVPS], sets[nalSPS], sets[nalPPS])
	if len(all) > maxSets || string(all) == f.Extra {
		return f
	}
	f = capture.Format{Media: capture.Video, Codec: f.Codec, Extra: string(all)}
	width, height, fps := 0, 0, 0.0
	if f.Codec == capture.H264 {
		var s h264.SPS
		if s.Unmarshal(sps) != nil {
			return f
		}
		width, height, fps = s.Width(), s.Height(), s.FPS()
	} else {
		var s h265.SPS
		if s.Unmarshal(sps) != nil {
			return f
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
	return f
}

// announced is the format of a track by the parameter sets in its SDP (sprop-parameter-sets of
// RFC 6184, sprop-vps and so on of RFC 7798), which some encoders send nowhere else.
func announced(p *payload) capture.Format {
	f := p.format()
	var sets [nalPPS + 1][]byte
	var sps []byte
	for _, name := range []string{"sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"} {
		for text := range strings.SplitSeq(p.parameters[name], ",") {
			nalu, err := base64.StdEncoding.DecodeString(text)
			if err != nil || len(nalu) < 2 {
				continue
			}
			kind := kindOf(f.Codec, nalu)
			if kind == nalSPS && sps == nil {
				sps = nalu
			}
			if kind >= nalVPS {
				sets[kind] = append(append(sets[kind], startCode...), nalu...)
			}
		}
	}
	if sps == nil {
		return f
	}
	return withSets(f, sets, sps)
}

// lookAV1 looks for the sequence header that begins each key temporal unit (AV1 specification, 7.5).
func (p *picture) lookAV1() {
	for b := p.data; len(b) > 0; {
		head := 1
		if b[0]&4 != 0 {
			head = 2
		}
		if len(b) <= head {
			return
		}
		size, n := leb128(b[head:])
		end := head + n + size
		if n == 0 || end > len(b) {
			return
		}
		if b[0]>>3&0xf == obuSequence {
			p.key = true
			if extra := string(b[:end]); extra != p.format.Extra {
				p.format = capture.Format{Media: capture.Video, Codec: capture.AV1, Extra: extra}
				var h av1.SequenceHeader
				if h.Unmarshal(append([]byte{b[0] &^ 0b110}, b[head+n:end]...)) == nil {
					p.format.Width, p.format.Height = h.Width(), h.Height()
				}
			}
		}
		b = b[end:]
	}
}
