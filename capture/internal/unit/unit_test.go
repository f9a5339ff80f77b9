package unit

import (
	"errors"
	"testing"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

// Parameter sets of 640x360 and 320x240, as x264 writes them.
var (
	sps360 = []byte{0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16, 0x2d, 0x96}
	pps    = []byte{0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0}
)

const code = "\x00\x00\x00\x01"

func TestPackH264(t *testing.T) {
	idr, slice, aud := []byte{0x65, 0x88, 0x84}, []byte{0x41, 0x9a, 0x24}, []byte{0x09, 0xf0}
	intra := []byte{0x41, 0x88, 0x84} // first_mb_in_slice 0, slice_type 7
	sets := code + string(sps360) + code + string(pps)
	type unit [][]byte
	for name, c := range map[string]struct {
		known []byte // announced beforehand
		in    unit
		want  string
		key   bool
		err   error
	}{
		"key with sets before":        {sps360, unit{idr}, sets + code + string(idr), true, nil},
		"sets behind the delimiter":   {sps360, unit{aud, idr}, code + string(aud) + sets + code + string(idr), true, nil},
		"key with its own":            {nil, unit{sps360, pps, idr}, sets + code + string(idr), true, nil},
		"open group":                  {nil, unit{sps360, pps, intra}, sets + code + string(intra), true, nil},
		"intra picture without a set": {sps360, unit{intra}, code + string(intra), false, nil},
		"other picture":               {sps360, unit{slice, {}}, code + string(slice), false, nil},
		"nothing is known":            {nil, unit{idr}, "", false, ErrUnconfigured},
		"nothing":                     {sps360, unit{{}, nil}, "", false, ErrEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(capture.Format{Media: capture.Video, Codec: capture.H264}, c.known, pps)
			got, key, err := s.Pack(c.in)
			if string(got) != c.want || key != c.key || !errors.Is(err, c.err) {
				t.Errorf("packed as %x, key %v (%v), want %x, %v (%v)", got, key, err, c.want, c.key, c.err)
			}
			if err == nil && (s.Format.Width != 640 || s.Format.Height != 360 || s.Format.Extra != sets) {
				t.Errorf("the format is %+v, want 640x360 with its sets", s.Format)
			}
		})
	}
}

func TestPackFrames(t *testing.T) {
	for name, c := range map[string]struct {
		codec         capture.Codec
		frame         string
		key           bool
		width, height int
	}{
		"VP8 key":         {capture.VP8, "\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00", true, 320, 240},
		"VP8":             {capture.VP8, "\x11\x02\x00", false, 0, 0},
		"MPEG-2 sequence": {capture.MPEG2, "\x00\x00\x01\xb3\x16\x01\x20\x13", true, 352, 288},
		"MPEG-2 picture":  {capture.MPEG2, "\x00\x00\x01\x00\x00\x0f", false, 0, 0},
		"MPEG-4 I":        {MPEG4, "\x00\x00\x01\xb6\x10", true, 0, 0},
		"MPEG-4 P":        {MPEG4, "\x00\x00\x01\xb6\x50", false, 0, 0},
		"MJPEG":           {MJPEG, "\xff\xd8", true, 0, 0},
		"G.711":           {capture.PCMA, "\xd5", true, 0, 0},
	} {
		s := New(capture.Format{Codec: c.codec})
		got, key, err := s.Pack([][]byte{[]byte(c.frame[:1]), []byte(c.frame[1:])})
		if err != nil || string(got) != c.frame || key != c.key || s.Format.Width != c.width || s.Format.Height != c.height {
			t.Errorf("%s: %x, key %v, %dx%d (%v); want key %v, %dx%d", name, got, key, s.Format.Width, s.Format.Height, err, c.key, c.width, c.height)
		}
	}
}

func TestMPEGAudioIsNamedByItsLayer(t *testing.T) {
	for head, want := range map[string]capture.Format{
		"\xff\xfd\x80\x04\x00": {Media: capture.Audio, Codec: capture.MP2, SampleRate: 44100, Channels: 2},
		"\xff\xfb\x94\xc4\x00": {Media: capture.Audio, Codec: capture.MP3, SampleRate: 48000, Channels: 1},
	} {
		s := New(capture.Format{Media: capture.Audio, Codec: capture.MP3})
		if _, _, err := s.Pack([][]byte{[]byte(head)}); err != nil || s.Format != want {
			t.Errorf("%x is %+v (%v), want %+v", head, s.Format, err, want)
		}
	}
}

func TestOpusFormat(t *testing.T) {
	for channels, want := range map[int]string{
		1: "OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00",
		6: "OpusHead\x01\x06\x00\x00\x80\xbb\x00\x00\x00\x00\x01\x04\x02\x00\x04\x01\x02\x03\x05",
	} {
		if f := OpusFormat(channels); f.Extra != want || f.Channels != channels {
			t.Errorf("%d channels: %x, want %x", channels, f.Extra, want)
		}
	}
	if f := OpusFormat(300); f.Channels != 2 {
		t.Errorf("300 channels are taken as %d, want 2", f.Channels)
	}
}

func FuzzPack(f *testing.F) {
	f.Add(byte(0), sps360, []byte{0x65, 0x88})
	f.Add(byte(2), []byte{0x0a, 1, 2}, []byte{0x32, 0})
	codecs := []capture.Codec{
		capture.H264, capture.HEVC, capture.AV1, capture.VP8, capture.VP9, capture.MPEG2, MPEG4, capture.MP3, capture.AC3, capture.Opus,
	}
	f.Fuzz(func(t *testing.T, which byte, a, b []byte) {
		s := New(capture.Format{Codec: codecs[int(which)%len(codecs)]}, b)
		for range 2 {
			data, _, err := s.Pack([][]byte{a, b})
			if (err == nil) != (len(data) > 0) {
				t.Errorf("%d bytes and %v", len(data), err)
			}
			if w, h := s.Format.Width, s.Format.Height; w < 0 || h < 0 || len(s.Format.Extra) > nal.MaxSets+len(a)+len(b) {
				t.Errorf("format %+v", s.Format)
			}
		}
	})
}
