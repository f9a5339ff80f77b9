package unit

import (
	"encoding/binary"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"github.com/vedette-av/vedette/capture"
)

// AAC describes sound by its AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
func AAC(c *mpeg4audio.AudioSpecificConfig) (capture.Format, error) {
	extra, err := c.Marshal()
	if err != nil {
		return capture.Format{}, err
	}
	f := capture.Format{
		Media: capture.Audio, Codec: capture.AAC, Extra: string(extra),
		SampleRate: max(c.SampleRate, c.ExtensionSampleRate), Channels: int(c.ChannelConfig),
	}
	if f.Channels == 7 {
		f.Channels = 8
	}
	return f, nil
}

// opusLayouts are the streams, the coupled ones among them and the order of the channels for 1 to 8
// channels (RFC 7845, 5.1.1.2).
var opusLayouts = [...]struct {
	streams, coupled byte
	order            string
}{
	{}, {1, 0, "\x00"}, {1, 1, "\x00\x01"}, {2, 1, "\x00\x02\x01"}, {2, 2, "\x00\x01\x02\x03"},
	{3, 2, "\x00\x04\x01\x02\x03"}, {4, 2, "\x00\x04\x01\x02\x03\x05"},
	{5, 2, "\x00\x04\x01\x02\x03\x05\x06"}, {5, 3, "\x00\x06\x01\x02\x03\x04\x05\x07"},
}

// OpusFormat describes Opus of 1 to 8 channels by the OpusHead that it would have in a file
// (RFC 7845, 5.1). Other numbers are taken as stereo.
func OpusFormat(channels int) capture.Format {
	if channels < 1 || channels >= len(opusLayouts) {
		channels = 2
	}
	head := append([]byte("OpusHead"), 1, byte(channels), 0, 0)
	head = binary.LittleEndian.AppendUint32(head, 48000)
	head = append(head, 0, 0) // no gain
	if channels <= 2 {
		head = append(head, 0)
	} else {
		l := opusLayouts[channels]
		head = append(append(head, 1, l.streams, l.coupled), l.order...)
	}
	return capture.Format{
		Media: capture.Audio, Codec: capture.Opus, Extra: string(head), SampleRate: 48000, Channels: channels,
	}
}

// PCM describes sound of whole samples: G.711, and PCM of 8, 16 or 24 bits in big-endian.
func PCM(codec capture.Codec, bits, rate, channels int) capture.Format {
	return capture.Format{
		Media: capture.Audio, Codec: codec, SampleRate: rate, Channels: channels,
		BitsPerSample: bits, BlockAlign: bits / 8 * channels,
	}
}
