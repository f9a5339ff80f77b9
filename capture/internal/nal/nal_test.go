package nal

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/capture"
)

// The sequence and picture parameter sets of x264 for 320x180 at 25 pictures a second.
const (
	sps = "6742c00cd901419f9f011000000300100000030320f142a480"
	pps = "68cb83cb20"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		codec capture.Codec
		first byte
		want  Kind
	}{
		{capture.H264, 0x65, Key}, {capture.H264, 0x41, Other}, {capture.H264, 0x67, SPS}, {capture.H264, 0x68, PPS}, {capture.H264, 0x09, Delimiter},
		{capture.HEVC, 19 << 1, Key}, {capture.HEVC, 21 << 1, Key}, {capture.HEVC, 1 << 1, Other}, {capture.HEVC, 32 << 1, VPS},
		{capture.HEVC, 33 << 1, SPS}, {capture.HEVC, 34 << 1, PPS}, {capture.HEVC, 35 << 1, Delimiter},
	} {
		if got := KindOf(c.codec, []byte{c.first, 1}); got != c.want {
			t.Errorf("%s, first byte %#x: got %d, want %d", c.codec, c.first, got, c.want)
		}
	}
}

func TestSets(t *testing.T) {
	was := capture.Format{Media: capture.Video, Codec: capture.H264}
	sets := Sets{Codec: capture.H264}
	for _, nalu := range [][]byte{nil, {0x68}, unhex(t, pps), unhex(t, sps)} {
		sets.Add(nalu)
	}
	f := sets.Format(was)
	want := StartCode + string(unhex(t, sps)) + StartCode + string(unhex(t, pps))
	if f.Extra != want || f.Width != 320 || f.Height != 180 {
		t.Errorf("got %dx%d, sets %x, want 320x180 and the sequence set first", f.Width, f.Height, f.Extra)
	}
	if again := sets.Format(f); again != f {
		t.Errorf("the same sets make another format: %+v", again)
	}
	alone := Sets{Codec: capture.H264}
	alone.Add(unhex(t, pps))
	if alone.HasSequence() || alone.Format(f) != f {
		t.Error("a picture set alone makes another format")
	}
	flood := Sets{Codec: capture.H264}
	flood.Add(unhex(t, sps))
	flood.Add([]byte("\x68" + strings.Repeat("x", MaxSets)))
	if flood.Format(was) != was {
		t.Error("sets without bound were taken up")
	}
}

func FuzzSets(f *testing.F) {
	f.Add([]byte("\x67abc"), true)
	f.Fuzz(func(t *testing.T, nalu []byte, hevc bool) {
		sets := Sets{Codec: capture.H264}
		if hevc {
			sets.Codec = capture.HEVC
		}
		sets.Add(nalu)
		got := sets.Format(capture.Format{})
		if got.Width < 0 || got.Height < 0 || len(got.Extra) > MaxSets {
			t.Errorf("got %dx%d with %d bytes of sets", got.Width, got.Height, len(got.Extra))
		}
	})
}
