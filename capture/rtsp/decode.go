package rtsp

import (
	"errors"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpac3"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpav1"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpfragmented"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph265"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmjpeg"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg1audio"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg1video"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpvp8"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpvp9"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg1audio"
	"github.com/pion/rtp"
)

// incomplete are the errors by which the decoders of payload formats say that a unit is not complete
// yet, or that its beginning was sent before we came.
var incomplete = []error{
	rtph264.ErrMorePacketsNeeded, rtph264.ErrNonStartingPacketAndNoPrevious,
	rtph265.ErrMorePacketsNeeded, rtph265.ErrNonStartingPacketAndNoPrevious,
	rtpav1.ErrMorePacketsNeeded, rtpav1.ErrNonStartingPacketAndNoPrevious,
	rtpvp8.ErrMorePacketsNeeded, rtpvp8.ErrNonStartingPacketAndNoPrevious,
	rtpvp9.ErrMorePacketsNeeded, rtpvp9.ErrNonStartingPacketAndNoPrevious,
	rtpmpeg1video.ErrMorePacketsNeeded, rtpfragmented.ErrMorePacketsNeeded,
	rtpmpeg1video.ErrNonStartingPacketAndNoPrevious,
	rtpmjpeg.ErrMorePacketsNeeded, rtpmjpeg.ErrNonStartingPacketAndNoPrevious,
	rtpmpeg4audio.ErrMorePacketsNeeded,
	rtpmpeg1audio.ErrMorePacketsNeeded, rtpmpeg1audio.ErrNonStartingPacketAndNoPrevious,
	rtpac3.ErrMorePacketsNeeded, rtpac3.ErrNonStartingPacketAndNoPrevious,
}

// more makes one error of those by which a decoder asks for more.
func more(err error) error {
	for _, m := range incomplete {
		if errors.Is(err, m) {
			return errMore
		}
	}
	return err
}

// decoding opens a decoder and passes what it returns through shape.
func decoding[D, R any](c *choice, create func() (D, error), decode func(D, *rtp.Packet) (R, error), shape func(R) [][][]byte) error {
	d, err := create()
	if err != nil {
		return err
	}
	c.open = func(p *rtp.Packet) ([][][]byte, error) {
		r, err := decode(d, p)
		if err != nil {
			return nil, more(err)
		}
		return shape(r), nil
	}
	return nil
}

// parts is for decoders that return one unit by its parts.
func parts[D any](c *choice, create func() (D, error), decode func(D, *rtp.Packet) ([][]byte, error)) error {
	return decoding(c, create, decode, func(unit [][]byte) [][][]byte { return [][][]byte{unit} })
}

// frames is for decoders that return one unit as a whole.
func frames[D any](c *choice, create func() (D, error), decode func(D, *rtp.Packet) ([]byte, error)) error {
	return decoding(c, create, decode, func(frame []byte) [][][]byte { return [][][]byte{{frame}} })
}

// each is for decoders that return several units at once.
func each[D any](c *choice, create func() (D, error), decode func(D, *rtp.Packet) ([][]byte, error)) error {
	return decoding(c, create, decode, func(frames [][]byte) [][][]byte {
		units := make([][][]byte, len(frames))
		for i := range frames {
			units[i] = frames[i : i+1]
		}
		return units
	})
}

// whole is for payloads that are one unit.
func whole(p *rtp.Packet) ([][][]byte, error) { return [][][]byte{{p.Payload}}, nil }

// samples is the step of frames that are all as long.
func samples(n, rate int) func([]byte) time.Duration {
	step := time.Duration(n) * time.Second / time.Duration(max(rate, 1))
	return func([]byte) time.Duration { return step }
}

// mpegAudioStep reads the step from the header of each frame.
func mpegAudioStep(b []byte) time.Duration {
	var h mpeg1audio.FrameHeader
	if h.Unmarshal(b) != nil || h.SampleRate == 0 {
		return 0
	}
	return time.Duration(h.SampleCount()) * time.Second / time.Duration(h.SampleRate)
}

// clip bounds and cleans what a server says, for one line of a log.
func clip(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}
