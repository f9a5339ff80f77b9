// Package unit makes self-contained packets of the units that protocol libraries take out of their
// transport: access units as lists of NAL units, temporal units as lists of OBUs, frames. What
// leaves is what libavcodec takes without a container: Annex B with the parameter sets in front of
// every key picture, OBUs with their sizes, frames as they are.
package unit

import (
	"errors"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"

	"github.com/vedette-av/vedette/capture"
)

// The codings that arrive over few protocols, by the names that libavcodec gives them.
const (
	MPEG4 capture.Codec = "mpeg4"
	MJPEG capture.Codec = "mjpeg"
	G722  capture.Codec = "adpcm_g722"
	PCM24 capture.Codec = "pcm_s24be"
	PCM8  capture.Codec = "pcm_u8"
)

// The ways in which one unit can be of no use; the stream goes on.
var (
	ErrEmpty        = errors.New("empty")
	ErrMalformed    = errors.New("malformed")
	ErrUnconfigured = errors.New("not configured") // a decoder could not begin with it
)

// Stream is one elementary stream. Format is what is known of it so far, and may change with every
// unit.
type Stream struct {
	Format capture.Format // Extra of H.264 and HEVC: the parameter sets in Annex B
}

// New begins a stream. sets are the parameter sets of H.264 and HEVC that were announced outside of
// the stream, in any order; nil ones are passed over.
func New(format capture.Format, sets ...[]byte) *Stream {
	s := &Stream{Format: format}
	s.adoptSets(sets)
	return s
}

// Pack makes the data of a packet of one unit: the NAL units of an access unit, the OBUs of a
// temporal unit, or the parts of a frame, which are joined. key tells that decoding can start here.
// The result does not share memory with parts, but for frames of one part.
func (s *Stream) Pack(parts [][]byte) (data []byte, key bool, err error) {
	switch s.Format.Codec {
	case capture.H264, capture.HEVC:
		return s.packNAL(parts)
	case capture.AV1:
		return s.packAV1(parts)
	}
	if len(parts) == 1 {
		data = parts[0]
	} else {
		data = slices.Concat(parts...)
	}
	if len(data) == 0 {
		return nil, false, ErrEmpty
	}
	return data, s.look(data), nil
}

// packAV1 joins OBUs with their sizes and looks for the sequence header that begins each key
// temporal unit (AV1 specification, 7.5). The decoder opens on that alone.
func (s *Stream) packAV1(obus [][]byte) (data []byte, key bool, err error) {
	var kept av1.Bitstream
	for _, obu := range obus {
		if len(obu) == 0 {
			continue
		}
		kept = append(kept, obu)
		if av1.OBUType(obu[0]>>3&0xf) != av1.OBUTypeSequenceHeader {
			continue
		}
		key = true
		extra, err := av1.Bitstream{obu}.Marshal()
		if err != nil {
			return nil, false, ErrMalformed
		}
		if string(extra) != s.Format.Extra {
			s.Format.Extra = string(extra)
			var h av1.SequenceHeader
			if h.Unmarshal(obu) == nil {
				s.Format.Width, s.Format.Height = h.Width(), h.Height()
			}
		}
	}
	if len(kept) == 0 {
		return nil, false, ErrEmpty
	}
	if s.Format.Extra == "" {
		return nil, false, ErrUnconfigured
	}
	if data, err = kept.Marshal(); err != nil {
		return nil, false, ErrMalformed
	}
	return data, key, nil
}
