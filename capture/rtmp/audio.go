package rtmp

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bluenviron/gortmplib/pkg/message"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/flac"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg1audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"github.com/vedette-av/vedette/capture"
)

// audioConfig is what the configuration of an audio track said.
type audioConfig struct {
	ready bool // the format is complete
}

// audioFourCC maps the codecs of Enhanced RTMP.
var audioFourCC = map[fourCC]capture.Codec{
	message.FourCCMP4A: capture.AAC, message.FourCCOpus: capture.Opus, message.FourCCFLAC: capture.FLAC,
	message.FourCCMP3: capture.MP3, message.FourCCAC3: capture.AC3, fourCCEAC3: capture.EAC3,
}

// foreignAudio names the codecs of FLV that nobody sends any more, for the refusal.
var foreignAudio = map[byte]string{
	1: "Flash ADPCM", 4: "Nellymoser 16 kHz", 5: "Nellymoser 8 kHz", 6: "Nellymoser", 11: "Speex", 15: "device-specific sound",
}

const takenAudio = "send AAC, Opus, MP3, FLAC, AC-3, E-AC-3, G.711 or PCM"

// pcmU8 is 8-bit PCM by the name that libavcodec gives it.
const pcmU8 capture.Codec = "pcm_u8"

// The sound formats of an FLV tag (FLV 10.1, E.4.2.1).
const (
	soundPCM     = 0 // of the sender's byte order: little-endian in practice
	soundMP3     = 2
	soundPCMLE   = 3
	soundPCMA    = 7
	soundPCMU    = 8
	soundEx      = 9
	soundAAC     = 10
	soundMP38kHz = 14
)

// audioTag takes the body of an audio message.
func (d *demuxer) audioTag(stamp uint32, b []byte, arrived time.Time) error {
	if len(b) < 2 {
		return errEmpty
	}
	sound := b[0] >> 4
	if sound == soundEx {
		return enhanced(b[0]&0xf, byte(message.AudioExTypeMultitrack), b[1:], func(p part) error {
			id := trackID{capture.Audio, p.id}
			return d.settle(id, d.audioPart(id, p, stamp, arrived))
		})
	}
	t := d.track(trackID{media: capture.Audio})
	u := unit{time: stamp, data: b[1:]}
	switch sound {
	case soundAAC:
		u.data = b[2:]
		if b[1] == 0 {
			return t.configureAudio(capture.AAC, u.data)
		}
		return d.audioUnit(t, capture.AAC, u, arrived)
	case soundMP3, soundMP38kHz:
		return d.audioUnit(t, capture.MP3, u, arrived)
	case soundPCMA, soundPCMU, soundPCM, soundPCMLE:
		t.plainSound(b[0], u.data)
		return d.deliver(t, u, arrived)
	}
	return unsupported("audio", foreignAudio[sound], fmt.Sprintf("number %d", sound), takenAudio)
}

func (d *demuxer) audioPart(id trackID, p part, stamp uint32, arrived time.Time) error {
	codec, ok := audioFourCC[p.four]
	if !ok {
		return unsupported("audio", "", fmt.Sprintf("%q", fourCCText(p.four)), takenAudio)
	}
	switch message.AudioExType(p.kind) {
	case message.AudioExTypeSequenceStart:
		return d.track(id).configureAudio(codec, p.body)
	case message.AudioExTypeCodedFrames:
		return d.audioUnit(d.track(id), codec, unit{time: stamp, data: p.body}, arrived)
	}
	return nil // the end of a sequence, a channel layout
}

// audioUnit takes one frame of a compressed codec.
func (d *demuxer) audioUnit(t *track, codec capture.Codec, u unit, arrived time.Time) error {
	if len(u.data) == 0 {
		return errEmpty
	}
	if t.format.Codec != codec {
		t.format = capture.Format{Media: capture.Audio, Codec: codec}
		t.audio = audioConfig{}
	}
	switch codec {
	case capture.MP3, capture.AC3, capture.EAC3:
		// These say in every frame how they are coded, and may change it.
		t.describeFrame(u.data)
	default:
		if !t.audio.ready {
			return errUnconfigured
		}
	}
	return d.deliver(t, u, arrived)
}

// configureAudio takes the configuration record of a codec.
func (t *track) configureAudio(codec capture.Codec, b []byte) error {
	f := capture.Format{Media: capture.Audio, Codec: codec, Extra: string(b)}
	switch codec {
	case capture.AAC:
		var c mpeg4audio.AudioSpecificConfig
		if len(b) == 0 {
			return errEmpty
		}
		// Configurations that only a decoder understands (xHE-AAC, a channel layout in the stream)
		// go through undescribed.
		if c.Unmarshal(b) == nil {
			f.SampleRate, f.Channels = c.SampleRate, int(c.ChannelConfig)
			if c.ExtensionSampleRate > f.SampleRate {
				f.SampleRate = c.ExtensionSampleRate
			}
			if f.Channels == 7 {
				f.Channels = 8
			}
		} else if len(b) < 2 {
			return errMalformed
		}
	case capture.Opus:
		if len(b) < 19 || string(b[:8]) != "OpusHead" || b[9] == 0 { // RFC 7845, 5.1
			return errMalformed
		}
		f.SampleRate, f.Channels = 48000, int(b[9]) // whatever went in
	case capture.FLAC:
		if len(b) >= 42 && string(b[:4]) == "fLaC" {
			b = b[8:] // the marker and the block's header
		}
		var s flac.StreamInfo
		if s.Unmarshal(b) != nil {
			return errMalformed
		}
		f.Extra = string(b[:34])
		f.SampleRate, f.Channels, f.BitsPerSample = int(s.SampleRate), int(s.ChannelCount), int(s.BitDepth)
	default:
		return nil // nothing is in it
	}
	t.format, t.audio.ready = f, true
	return nil
}

// describeFrame reads rate and channels from the header of an MP3 or AC-3 frame, where it can.
func (t *track) describeFrame(b []byte) {
	switch t.format.Codec {
	case capture.MP3:
		var h mpeg1audio.FrameHeader
		if h.Unmarshal(b) != nil {
			return
		}
		t.format.SampleRate, t.format.Channels = h.SampleRate, 2
		if h.ChannelMode == mpeg1audio.ChannelModeMono {
			t.format.Channels = 1
		}
	case capture.AC3:
		var s ac3.SyncInfo
		var i ac3.BSI
		if len(b) < 6 || s.Unmarshal(b) != nil || i.Unmarshal(b[5:]) != nil {
			return
		}
		t.format.SampleRate, t.format.Channels = s.SampleRate(), i.ChannelCount()
	}
}

// plainSound describes G.711 and PCM, which the tag's first byte does in full: rate, size and
// channels. G.711 is of 8 kHz whatever the rate bits say. 16-bit samples are turned to big-endian,
// in place.
func (t *track) plainSound(flags byte, samples []byte) {
	f := capture.Format{Media: capture.Audio, Channels: int(flags&1) + 1, SampleRate: 8000, BitsPerSample: 8}
	switch flags >> 4 {
	case soundPCMA:
		f.Codec = capture.PCMA
	case soundPCMU:
		f.Codec = capture.PCMU
	default:
		f.SampleRate = [4]int{5512, 11025, 22050, 44100}[flags>>2&3]
		f.Codec = pcmU8
		if flags&2 != 0 {
			f.Codec, f.BitsPerSample = capture.LPCM, 16
			for ; len(samples) >= 2; samples = samples[2:] {
				binary.BigEndian.PutUint16(samples, binary.LittleEndian.Uint16(samples))
			}
		}
	}
	f.BlockAlign = f.Channels * f.BitsPerSample / 8
	t.format = f
}
