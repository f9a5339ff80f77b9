package unit

import (
	"bytes"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg1audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"

	"github.com/vedette-av/vedette/capture"
)

// look reads what the header of a frame says, and whether decoding can start with it.
func (s *Stream) look(frame []byte) (key bool) {
	switch s.Format.Codec {
	case capture.VP8:
		return s.lookVP8(frame)
	case capture.VP9:
		return s.lookVP9(frame)
	case capture.MPEG2:
		return s.lookMPEG2(frame)
	case MPEG4:
		return lookMPEG4(frame)
	case capture.MP3, capture.MP2:
		s.lookMPEGAudio(frame)
	case capture.AC3:
		s.lookAC3(frame)
	}
	return true // sound, and pictures of which each stands for itself
}

// lookVP9 reads the frame header: senders do not agree on marking key frames.
func (s *Stream) lookVP9(frame []byte) bool {
	var h vp9.Header
	if h.Unmarshal(frame) != nil || h.ShowExistingFrame || h.NonKeyFrame {
		return false
	}
	if h.FrameSize != nil {
		s.Format.Width, s.Format.Height = h.Width(), h.Height()
	}
	return true
}

// lookVP8 reads the frame tag and, in a key frame, the size after its start code (RFC 6386, 9.1).
func (s *Stream) lookVP8(b []byte) bool {
	if b[0]&1 != 0 {
		return false
	}
	if len(b) >= 10 && b[3] == 0x9d && b[4] == 0x01 && b[5] == 0x2a {
		s.Format.Width = int(b[6]) | int(b[7]&0x3f)<<8
		s.Format.Height = int(b[8]) | int(b[9]&0x3f)<<8
	}
	return true
}

// lookMPEG2 finds the sequence header that is in front of every picture at which decoding can start
// (ISO/IEC 13818-2, 6.2.2.1), and reads the size from it.
func (s *Stream) lookMPEG2(b []byte) bool {
	i := bytes.Index(b, []byte{0, 0, 1, 0xb3})
	if i < 0 {
		return false
	}
	if b = b[i+4:]; len(b) >= 3 {
		s.Format.Width, s.Format.Height = int(b[0])<<4|int(b[1]>>4), int(b[1]&0xf)<<8|int(b[2])
	}
	return true
}

// lookMPEG4 reads the coding type of the video object plane (ISO/IEC 14496-2, 6.2.5): 0 is intra.
func lookMPEG4(b []byte) bool {
	i := bytes.Index(b, []byte{0, 0, 1, 0xb6})
	return i >= 0 && i+4 < len(b) && b[i+4]>>6 == 0
}

// lookMPEGAudio tells layer 2 from layer 3, which come under one name.
func (s *Stream) lookMPEGAudio(b []byte) {
	var h mpeg1audio.FrameHeader
	if h.Unmarshal(b) != nil {
		return
	}
	s.Format.Codec = capture.MP3
	if h.Layer != 3 {
		s.Format.Codec = capture.MP2
	}
	s.Format.SampleRate, s.Format.Channels = h.SampleRate, 2
	if h.ChannelMode == mpeg1audio.ChannelModeMono {
		s.Format.Channels = 1
	}
}

func (s *Stream) lookAC3(b []byte) {
	var sync ac3.SyncInfo
	var info ac3.BSI
	if len(b) < 6 || sync.Unmarshal(b) != nil || info.Unmarshal(b[5:]) != nil {
		return
	}
	s.Format.SampleRate, s.Format.Channels = sync.SampleRate(), info.ChannelCount()
}
