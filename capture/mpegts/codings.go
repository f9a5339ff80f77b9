package mpegts

import (
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"github.com/vedette-av/vedette/capture"
)

// lookH264 reads the head of a NAL unit (H.264, 7.4.1.2.3: what begins an access unit). A slice whose
// first macroblock is the first of the picture is the only sign of a new one where there is no
// delimiter; first_mb_in_slice is 0 where the first bit is set.
func lookH264(_ *pictures, b []byte) part {
	switch kind := h264.NALUType(b[0] & 0x1f); kind {
	case h264.NALUTypeNonIDR, h264.NALUTypeDataPartitionA, h264.NALUTypeIDR:
		return part{opens: b[1]&0x80 != 0, picture: true, key: kind == h264.NALUTypeIDR}
	case h264.NALUTypeSEI:
		const recoveryPoint = 6 // of streams that refresh bit by bit, or have open groups of pictures
		return part{opens: true, key: b[1] == recoveryPoint}
	case h264.NALUTypeSPS:
		return part{opens: true, key: true, set: true}
	case h264.NALUTypePPS, h264.NALUTypeAccessUnitDelimiter, 14, 15, 16, 17, 18:
		return part{opens: true}
	}
	return part{}
}

// lookHEVC does the same for HEVC (7.4.2.4.4).
func lookHEVC(_ *pictures, b []byte) part {
	switch kind := h265.NALUType(b[0] >> 1 & 0x3f); {
	case kind < 32:
		key := kind >= h265.NALUType_BLA_W_LP && kind <= h265.NALUType_CRA_NUT
		return part{opens: b[2]&0x80 != 0, picture: true, key: key}
	case kind == h265.NALUType_SPS_NUT:
		return part{opens: true, set: true}
	case kind <= h265.NALUType_AUD_NUT || kind == h265.NALUType_PREFIX_SEI_NUT || kind >= 41 && kind <= 44 || kind >= 48 && kind <= 55:
		return part{opens: true}
	}
	return part{}
}

// lookMPEG2 reads what is behind a start code of MPEG-1 or MPEG-2 (ISO/IEC 13818-2, 6.2). The two
// fields of a frame stay together.
func lookMPEG2(p *pictures, b []byte) part {
	switch b[0] {
	case 0x00:
		p.second, p.half = p.half, false
		return part{opens: !p.second, picture: true}
	case 0xb3:
		return part{opens: true, key: true, set: true}
	case 0xb8:
		return part{opens: true}
	case 0xb5:
		const codingExtension, frame = 8, 3
		if b[1]>>4 == codingExtension && b[3]&3 != frame {
			p.half = !p.second
		}
	}
	return part{}
}

// describe returns the format that a parameter set announces, and false where it cannot be read.
func describe(codec capture.Codec, set []byte) (capture.Format, bool) {
	f := capture.Format{Media: capture.Video, Codec: codec}
	width, height, fps := 0, 0, 0.0
	switch codec {
	case capture.H264:
		var s h264.SPS
		if s.Unmarshal(set) != nil {
			return f, false
		}
		width, height, fps = s.Width(), s.Height(), s.FPS()
	case capture.HEVC:
		var s h265.SPS
		if s.Unmarshal(set) != nil {
			return f, false
		}
		width, height, fps = s.Width(), s.Height(), s.FPS()
	case mpeg4:
		return f, true // its size is the decoder's to find out
	default:
		var ok bool
		if width, height, fps, ok = sequenceHeader(set); !ok {
			return f, false
		}
	}
	const most = 16384 // the largest side of any level
	if width > 0 && height > 0 && width <= most && height <= most {
		f.Width, f.Height = width, height
	}
	if fps >= 1 && fps <= 1000 {
		f.FrameDuration = time.Duration(float64(time.Second) / fps)
	}
	return f, true
}

// frameRates is frame_rate_code (ISO/IEC 13818-2, table 6-4).
var frameRates = [16]float64{
	0, 24000. / 1001, 24, 25, 30000. / 1001, 30, 50, 60000. / 1001, 60,
}

// sequenceHeader reads size and rate of a sequence header, from its start code's value on.
func sequenceHeader(b []byte) (width, height int, fps float64, ok bool) {
	if len(b) < 5 {
		return 0, 0, 0, false
	}
	width = int(b[1])<<4 | int(b[2])>>4
	height = int(b[2]&0xf)<<8 | int(b[3])
	return width, height, frameRates[b[4]&0xf], width > 0 && height > 0
}
