package webrtc

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"github.com/vedette-av/vedette/capture"
)

// codec is one coding that is taken, by the name that SDP gives it.
type codec struct {
	mime  string
	media capture.Media
	codec capture.Codec
	// join makes one access unit of the payloads of its packets and tells what it is; nil where
	// each packet is one.
	join func(parts [][]byte) ([]byte, error)
	// begins tells whether a payload may begin an access unit, as far as that can be seen.
	begins func(payload []byte) bool
}

// codecs is the table of all that is taken.
var codecs = []codec{
	{mime: "video/H264", media: capture.Video, codec: capture.H264, join: joinH264, begins: beginsH264},
	{mime: "video/H265", media: capture.Video, codec: capture.HEVC, join: joinHEVC, begins: beginsHEVC},
	{mime: "video/VP8", media: capture.Video, codec: capture.VP8, join: joinVP8, begins: beginsVP8},
	{mime: "video/VP9", media: capture.Video, codec: capture.VP9, join: joinVP9, begins: beginsVP9},
	{mime: "video/AV1", media: capture.Video, codec: capture.AV1, join: joinAV1, begins: beginsAV1},
	{mime: "audio/opus", media: capture.Audio, codec: capture.Opus},
	{mime: "audio/multiopus", media: capture.Audio, codec: capture.Opus},
	{mime: "audio/PCMU", media: capture.Audio, codec: capture.PCMU},
	{mime: "audio/PCMA", media: capture.Audio, codec: capture.PCMA},
}

// taken names the codecs for refusals.
var taken = map[capture.Media]string{
	capture.Video: "H.264, HEVC, VP8, VP9 and AV1",
	capture.Audio: "Opus, multichannel Opus and G.711",
}

func codecOf(mime string) *codec {
	for i := range codecs {
		if strings.EqualFold(codecs[i].mime, mime) {
			return &codecs[i]
		}
	}
	return nil
}

// payload is a payload type that was agreed on.
type payload struct {
	*codec
	rate, channels int
	parameters     map[string]string // of the fmtp line, names in lower case
	nack, pli, fir bool              // may be sent for it
}

// format describes an audio track by what was agreed; that of video comes with its key pictures.
func (p *payload) format() capture.Format {
	f := capture.Format{Media: p.media, Codec: p.codec.codec}
	if p.media == capture.Video {
		return f
	}
	f.SampleRate, f.Channels = p.rate, max(p.channels, 1)
	switch p.codec.codec {
	case capture.Opus:
		f.Extra = p.opusHead()
	default: // G.711
		f.BitsPerSample, f.BlockAlign = 8, f.Channels
	}
	return f
}

// opusHead writes the header that a decoder opens on (RFC 7845, 5.1). WebRTC has no pre-skip.
func (p *payload) opusHead() string {
	channels := max(p.channels, 1)
	b := append([]byte("OpusHead"), 1, byte(channels), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 48000)
	b = append(b, 0, 0, 0) // gain, mapping family 0
	if channels > 2 {
		b[len(b)-1] = 1
		streams, coupled, mapping, _ := p.multiopus() // was checked when it was agreed on
		b = append(b, byte(streams), byte(coupled))
		b = append(b, mapping...)
	}
	return string(b)
}

var errMultiopus = errors.New("multiopus needs num_streams, coupled_streams and a channel_mapping of as many numbers as channels, from 1 to 8")

// multiopus reads the parameters of multichannel Opus, as browsers write them: those of
// RFC 7845, 5.1.1.
func (p *payload) multiopus() (streams, coupled int, mapping []byte, err error) {
	streams, errStreams := strconv.Atoi(p.parameters["num_streams"])
	coupled, errCoupled := strconv.Atoi(p.parameters["coupled_streams"])
	if errors.Join(errStreams, errCoupled) != nil || streams < 1 || coupled < 0 || coupled > streams || streams+coupled > 255 {
		return 0, 0, nil, errMultiopus
	}
	for field := range strings.SplitSeq(p.parameters["channel_mapping"], ",") {
		n, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || n != 255 && (n < 0 || n >= streams+coupled) {
			return 0, 0, nil, errMultiopus
		}
		mapping = append(mapping, byte(n))
	}
	if len(mapping) != p.channels || p.channels < 1 || p.channels > 8 {
		return 0, 0, nil, errMultiopus
	}
	return streams, coupled, mapping, nil
}
