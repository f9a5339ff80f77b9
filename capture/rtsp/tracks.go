package rtsp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
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
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/unit"
)

const takenCodecs = "H.264, HEVC, AV1, VP8, VP9, MPEG-2, MPEG-4 or MJPEG; AAC, Opus, G.711, G.722, MP2, MP3, AC-3 or PCM"

// errMore says that a unit is not complete yet.
var errMore = errors.New("more packets are needed")

// choice is one track of a session that is taken.
type choice struct {
	media  *description.Media
	format format.Format
	stream *unit.Stream
	// open takes RTP packets in order and returns units: each a list of the parts of one.
	open func(*rtp.Packet) ([][][]byte, error)
	// step is how long a unit lasts, where more than one may come at once.
	step func(part []byte) time.Duration
	// late: units may be complete only with the packet after them, which has another timestamp.
	late bool
}

// choose takes the first video and the first audio track that can be decoded: a feed is watched by
// one of each, and what is not watched needs no bandwidth.
func choose(s *description.Session) ([]*choice, error) {
	var chosen []*choice
	var passed []string
	taken := map[capture.Media]bool{}
	for _, m := range s.Medias {
		if m.IsBackChannel || m.Type != description.MediaTypeVideo && m.Type != description.MediaTypeAudio {
			continue
		}
		for _, f := range m.Formats {
			c, err := open(f)
			if err != nil {
				passed = append(passed, fmt.Sprintf("%s %s", m.Type, described(f, err)))
				continue
			}
			if !taken[c.stream.Format.Media] {
				taken[c.stream.Format.Media] = true
				c.media = m
				chosen = append(chosen, c)
			}
			break
		}
	}
	switch {
	case len(chosen) > 0:
		return chosen, nil
	case len(passed) > 0:
		return nil, fmt.Errorf("none of the tracks can be taken (%s): send %s", strings.Join(passed, ", "), takenCodecs)
	}
	return nil, errors.New("the server describes no video and no audio track")
}

func described(f format.Format, err error) string {
	text := strings.TrimPrefix(fmt.Sprintf("%T", f), "*format.")
	if r := f.RTPMap(); r != "" {
		text = clip(r)
	}
	if !errors.Is(err, errUnknown) {
		text += ": " + err.Error()
	}
	return text
}

var errUnknown = errors.New("unsupported codec")

// open finds the decoder of a payload format.
func open(f format.Format) (*choice, error) {
	c := &choice{format: f}
	var err error
	switch f := f.(type) {
	case *format.H264:
		c.stream = unit.New(picture(capture.H264), f.SPS, f.PPS)
		c.late = true
		err = parts(c, f.CreateDecoder, (*rtph264.Decoder).Decode)
	case *format.H265:
		c.stream = unit.New(picture(capture.HEVC), f.VPS, f.SPS, f.PPS)
		err = parts(c, f.CreateDecoder, (*rtph265.Decoder).Decode)
	case *format.AV1:
		c.stream = unit.New(picture(capture.AV1))
		err = parts(c, f.CreateDecoder, (*rtpav1.Decoder).Decode)
	case *format.VP8:
		c.stream = unit.New(picture(capture.VP8))
		err = frames(c, f.CreateDecoder, (*rtpvp8.Decoder).Decode)
	case *format.VP9:
		c.stream = unit.New(picture(capture.VP9))
		err = frames(c, f.CreateDecoder, (*rtpvp9.Decoder).Decode)
	case *format.MPEG1Video: // by its name in SDP; it carries MPEG-2 as well (RFC 2250)
		c.stream = unit.New(picture(capture.MPEG2))
		err = frames(c, f.CreateDecoder, (*rtpmpeg1video.Decoder).Decode)
	case *format.MPEG4Video:
		d := picture(unit.MPEG4)
		d.Extra = string(f.Config)
		c.stream = unit.New(d)
		err = frames(c, f.CreateDecoder, (*rtpfragmented.Decoder).Decode)
	case *format.MJPEG:
		c.stream = unit.New(picture(unit.MJPEG))
		err = frames(c, f.CreateDecoder, (*rtpmjpeg.Decoder).Decode)
	default:
		err = openSound(c, f)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func picture(codec capture.Codec) capture.Format {
	return capture.Format{Media: capture.Video, Codec: codec}
}

func openSound(c *choice, f format.Format) error {
	switch f := f.(type) {
	case *format.MPEG4Audio:
		return openAAC(c, f)
	case *format.MPEG4AudioLATM:
		return openLATM(c, f)
	case *format.Opus:
		c.stream = unit.New(unit.OpusFormat(f.ChannelCount))
		c.step = func(b []byte) time.Duration { return time.Duration(opus.PacketDuration2(b)) * time.Second / 48000 }
	case *format.G711:
		codec := capture.PCMA
		if f.MULaw {
			codec = capture.PCMU
		}
		c.stream = unit.New(unit.PCM(codec, 8, f.SampleRate, f.ChannelCount))
	case *format.G722:
		c.stream = unit.New(capture.Format{Media: capture.Audio, Codec: unit.G722, SampleRate: 16000, Channels: 1})
	case *format.LPCM:
		codec := map[int]capture.Codec{8: unit.PCM8, 16: capture.LPCM, 24: unit.PCM24}[f.BitDepth]
		if codec == "" {
			return errUnknown
		}
		c.stream = unit.New(unit.PCM(codec, f.BitDepth, f.SampleRate, f.ChannelCount))
	case *format.MPEG1Audio:
		c.stream = unit.New(capture.Format{Media: capture.Audio, Codec: capture.MP3})
		c.step = mpegAudioStep
		return each(c, f.CreateDecoder, (*rtpmpeg1audio.Decoder).Decode)
	case *format.AC3:
		c.stream = unit.New(capture.Format{Media: capture.Audio, Codec: capture.AC3, SampleRate: f.SampleRate, Channels: f.ChannelCount})
		c.step = samples(1536, f.SampleRate)
		return each(c, f.CreateDecoder, (*rtpac3.Decoder).Decode)
	default:
		return errUnknown
	}
	c.open = whole // the payload is the frame (RFC 3551, RFC 7587)
	return nil
}

// openAAC takes AAC as RFC 3640 packs it.
func openAAC(c *choice, f *format.MPEG4Audio) error {
	d, err := unit.AAC(f.Config)
	if err != nil {
		return err
	}
	c.stream = unit.New(d)
	c.step = samples(mpeg4audio.SamplesPerAccessUnit, f.Config.SampleRate)
	return each(c, f.CreateDecoder, (*rtpmpeg4audio.Decoder).Decode)
}

// openLATM takes AAC as RFC 6416 packs it, where its configuration is in the description.
func openLATM(c *choice, f *format.MPEG4AudioLATM) error {
	if f.CPresent || f.StreamMuxConfig == nil || len(f.StreamMuxConfig.Programs) != 1 || len(f.StreamMuxConfig.Programs[0].Layers) != 1 {
		return errors.New("LATM with its configuration in the stream")
	}
	config := f.StreamMuxConfig.Programs[0].Layers[0].AudioSpecificConfig
	d, err := unit.AAC(config)
	if err != nil {
		return err
	}
	decoder, err := f.CreateDecoder()
	if err != nil {
		return err
	}
	c.stream = unit.New(d)
	c.step = samples(mpeg4audio.SamplesPerAccessUnit, config.SampleRate)
	c.open = func(p *rtp.Packet) ([][][]byte, error) {
		b, err := decoder.Decode(p)
		if err != nil {
			return nil, more(err)
		}
		element := mpeg4audio.AudioMuxElement{MuxConfigPresent: false, StreamMuxConfig: f.StreamMuxConfig}
		if err := element.Unmarshal(b); err != nil {
			return nil, err
		}
		var units [][][]byte
		for _, program := range element.Payloads {
			for _, layer := range program {
				for _, au := range layer {
					units = append(units, [][]byte{au})
				}
			}
		}
		return units, nil
	}
	return nil
}
