package webrtc

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

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

// lookNAL adopts the parameter sets of a unit in Annex B, and puts those of the track in front of a
// key picture that does not bring its own, so that a decoder may open on it.
func (p *picture) lookNAL() {
	sets := nal.Sets{Codec: p.format.Codec}
	for nalu := range bytes.SplitSeq(p.data, []byte(nal.StartCode)) {
		p.key = sets.Add(nalu) == nal.Key || p.key
	}
	if sets.HasSequence() {
		p.format = sets.Format(p.format)
	} else if p.key {
		p.data = slices.Concat([]byte(p.format.Extra), p.data)
	}
	p.key = p.key && p.format.Extra != ""
}

// announced is the format of a track by the parameter sets in its SDP (sprop-parameter-sets of
// RFC 6184, sprop-vps and so on of RFC 7798), which some encoders send nowhere else.
func announced(p *payload) capture.Format {
	f := p.format()
	sets := nal.Sets{Codec: f.Codec}
	for _, name := range []string{"sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"} {
		for text := range strings.SplitSeq(p.parameters[name], ",") {
			if nalu, err := base64.StdEncoding.DecodeString(text); err == nil {
				sets.Add(nalu)
			}
		}
	}
	return sets.Format(f)
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
