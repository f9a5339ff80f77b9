package mpegts

import (
	"github.com/vedette-av/vedette/capture"
)

// aacLATM is AAC in LOAS/LATM by the name that libavcodec gives it.
const aacLATM capture.Codec = "aac_latm"

// coding is what a stream_type stands for.
type coding struct {
	media capture.Media
	codec capture.Codec
}

// codings maps stream_type (ISO/IEC 13818-1 table 2-34; from 0x80 on ATSC A/53 part 3). The decoder of
// MPEG-2 takes MPEG-1 too. What goes on as it came: JPEG 2000, VVC, AVS, AVS2, AVS3, Dirac (VC-2), VC-1
// and TrueHD.
var codings = map[byte]coding{
	0x01: {capture.Video, capture.MPEG2}, 0x02: {capture.Video, capture.MPEG2},
	0x03: {capture.Audio, capture.MP2}, 0x04: {capture.Audio, capture.MP2},
	0x0f: {capture.Audio, capture.AAC}, 0x11: {capture.Audio, aacLATM},
	0x1b: {capture.Video, capture.H264}, 0x24: {capture.Video, capture.HEVC},
	0x81: {capture.Audio, capture.AC3}, 0x87: {capture.Audio, capture.EAC3},
	0x10: {capture.Video, mpeg4}, 0x21: {capture.Video, capture.MPEGTS},
	0x33: {capture.Video, capture.MPEGTS}, 0x42: {capture.Video, capture.MPEGTS}, 0xd2: {capture.Video, capture.MPEGTS},
	0xd4: {capture.Video, capture.MPEGTS}, 0xd1: {capture.Video, capture.MPEGTS}, 0xea: {capture.Video, capture.MPEGTS},
	0x82: {capture.Audio, dts}, 0x8a: {capture.Audio, dts}, trueHD: {capture.Audio, capture.MPEGTS},
}

// registrations maps the format identifier of a registration descriptor on private data.
var registrations = map[string]coding{
	"AC-3": {capture.Audio, capture.AC3}, "EAC3": {capture.Audio, capture.EAC3},
	"Opus": {capture.Audio, capture.Opus}, "HEVC": {capture.Video, capture.HEVC},
	"BSSD": {capture.Audio, s302m}, "DTS1": {capture.Audio, dts},
	"DTS2": {capture.Audio, dts}, "DTS3": {capture.Audio, dts}, "AV01": {capture.Video, capture.MPEGTS},
	"VC-1": {capture.Video, capture.MPEGTS}, "drac": {capture.Video, capture.MPEGTS},
}

// trueHD is the stream_type of Dolby TrueHD.
const trueHD = 0x83

// private is the stream_type of PES with private data, which descriptors explain.
const private = 0x06

// identify finds the coding of a stream by its type and descriptors.
func (s *stream) identify(info []byte) {
	c := codings[s.kind]
	if s.kind == private {
		descriptors(info, func(tag byte, body []byte) {
			switch {
			case tag == 0x05 && len(body) >= 4:
				if known, ok := registrations[string(body[:4])]; ok {
					c = known
				}
			case tag == 0x6a: // EN 300 468, annex D
				c = coding{capture.Audio, capture.AC3}
			case tag == 0x7a:
				c = coding{capture.Audio, capture.EAC3}
			case tag == 0x7b:
				c = coding{capture.Audio, dts}
			case tag == 0x7f && len(body) >= 2 && body[0] == 0x80: // Opus: ETSI TS 101 154 extension
				s.opus = body[1]
			}
		})
	}
	s.media, s.codec = c.media, c.codec
}
