package mpegts

import (
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/eac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg1audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"github.com/vedette-av/vedette/capture"
)

// samples is how long n samples last.
func samples(n, rate int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(max(rate, 1))
}

func sound(codec capture.Codec, rate, channels int) capture.Format {
	return capture.Format{Media: capture.Audio, Codec: codec, SampleRate: rate, Channels: channels}
}

// adtsRates is sampling_frequency_index (ISO/IEC 14496-3, table 1.18).
var adtsRates = [16]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// headADTS reads an ADTS header (ISO/IEC 14496-3, 1.A.2.2). Frames are handed on whole.
func headADTS(b []byte) (frame, int, bool) {
	const size = 7
	if b[0] != 0xff || len(b) > 1 && b[1]&0xf6 != 0xf0 {
		return frame{}, 0, false
	}
	if len(b) < size {
		return frame{}, size, true
	}
	f := frame{size: int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5])>>5}
	rate, channels := adtsRates[b[2]>>2&0xf], int(b[2]&1)<<2|int(b[3])>>6
	if rate == 0 || f.size <= size {
		return frame{}, 0, false
	}
	if channels == 7 {
		channels = 8
	}
	f.format = sound(capture.AAC, rate, channels)
	f.length = samples(1024*(int(b[6]&3)+1), rate)
	return f, f.size, true
}

// latm remembers what a stream of LOAS said of itself.
type latm struct{ rate, channels int }

// head reads a frame of AudioSyncStream (ISO/IEC 14496-3, 1.7.2). The rate is found in the elements
// that carry their configuration; a decoder reads it there itself.
func (l *latm) head(b []byte) (frame, int, bool) {
	if b[0] != 0x56 || len(b) > 1 && b[1]&0xe0 != 0xe0 {
		return frame{}, 0, false
	}
	if len(b) < 3 {
		return frame{}, 3, true
	}
	f := frame{size: 3 + int(b[1]&0x1f)<<8 + int(b[2])}
	if len(b) >= f.size {
		l.configure(b[3:f.size])
	}
	f.format = sound(aacLATM, l.rate, l.channels)
	f.length = samples(1024, max(l.rate, 8000))
	return f, f.size, true
}

func (l *latm) configure(element []byte) {
	e := mpeg4audio.AudioMuxElement{MuxConfigPresent: true}
	if len(element) == 0 || element[0]&0x80 != 0 || e.Unmarshal(element) != nil || e.StreamMuxConfig == nil {
		return
	}
	for _, p := range e.StreamMuxConfig.Programs {
		for _, layer := range p.Layers {
			if c := layer.AudioSpecificConfig; c != nil {
				l.rate, l.channels = c.SampleRate, int(c.ChannelConfig)
				return
			}
		}
	}
}

// headMPEG reads the head of a frame of MPEG audio or of AAC, which share their sync word: there are
// streams that announce the one and carry the other. ADTS has the layer that MPEG audio forbids.
func headMPEG(b []byte) (frame, int, bool) {
	if len(b) > 1 && b[1]&0x06 == 0 {
		return headADTS(b)
	}
	return headMPEGAudio(b)
}

// headMPEGAudio reads the header of a frame of layer II or III (ISO/IEC 11172-3, 2.4.1.3).
func headMPEGAudio(b []byte) (frame, int, bool) {
	const size = 5
	if b[0] != 0xff || len(b) > 1 && b[1]&0xf0 != 0xf0 {
		return frame{}, 0, false
	}
	if len(b) < size {
		return frame{}, size, true
	}
	var h mpeg1audio.FrameHeader
	if h.Unmarshal(b) != nil {
		return frame{}, 0, false
	}
	codec, channels := capture.MP2, 2
	if h.Layer == 3 {
		codec = capture.MP3
	}
	if h.ChannelMode == mpeg1audio.ChannelModeMono {
		channels = 1
	}
	f := frame{size: h.SampleCount() / 8 * h.Bitrate / h.SampleRate}
	if h.Padding {
		f.size++
	}
	f.format, f.length = sound(codec, h.SampleRate, channels), samples(h.SampleCount(), h.SampleRate)
	return f, f.size, true
}

// headAC3 reads the head of a sync frame of AC-3 or E-AC-3 (ETSI TS 102 366, 5.3.1 and E.1.2), which
// their bsid tells apart.
func headAC3(b []byte) (frame, int, bool) {
	const size = 8
	if b[0] != 0x0b || len(b) > 1 && b[1] != 0x77 {
		return frame{}, 0, false
	}
	if len(b) < size {
		return frame{}, size, true
	}
	if b[5]>>3 <= 10 {
		var s ac3.SyncInfo
		var i ac3.BSI
		if s.Unmarshal(b) != nil {
			return frame{}, 0, false
		}
		f := frame{size: s.FrameSize(), length: samples(1536, s.SampleRate())}
		f.format = sound(capture.AC3, s.SampleRate(), 0)
		if i.Unmarshal(b[5:]) == nil {
			f.format.Channels = i.ChannelCount()
		}
		return f, f.size, true
	}
	var s eac3.SyncInfo
	if s.Unmarshal(b) != nil || s.FrameSize() < size || s.SampleRate() == 0 {
		return frame{}, 0, false
	}
	f := frame{size: s.FrameSize(), length: samples(256*s.NumBlocks(), s.SampleRate())}
	f.more = s.Strmtyp == 1 || s.Substreamid > 0
	f.format = sound(capture.EAC3, s.SampleRate(), s.ChannelCount())
	return f, f.size, true
}
