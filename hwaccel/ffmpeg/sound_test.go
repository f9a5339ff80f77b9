package ffmpeg_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// floats splits interleaved little-endian floats into channels.
func floats(b []byte, channels int) [][]float32 {
	out := make([][]float32, channels)
	for i := 0; len(b) >= 4; i, b = i+1, b[4:] {
		c := i % channels
		out[c] = append(out[c], math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return out
}

// TestSound compares every sample with what the ffmpeg program decodes to floats.
func TestSound(t *testing.T) {
	tests := []struct {
		name, file, args string
		rate, channels   int
		layout           string
	}{
		{"aac in mp4", "a.mp4", "-c:a aac -ac 2", 48000, 2, "stereo"},
		{"aac adts", "a.aac", "-c:a aac -ac 1 -ar 44100", 44100, 1, "mono"},
		{"aac 5.1 in ts", "a.ts", "-c:a aac -ac 6", 48000, 6, "5.1"},
		{"opus", "a.webm", "-c:a libopus -ac 2", 48000, 2, "stereo"},
		{"opus in ogg", "a.ogg", "-c:a libopus -ac 1", 48000, 1, "mono"},
		{"mp3", "a.mp3", "-c:a libmp3lame -ac 2 -ar 44100", 44100, 2, "stereo"},
		{"mp2", "a.mp2", "-c:a mp2 -ac 2", 48000, 2, "stereo"},
		{"flac", "a.flac", "-c:a flac -ac 2", 48000, 2, "stereo"},
		{"flac 24 bit", "a.mkv", "-c:a flac -sample_fmt s32 -ac 1", 48000, 1, "mono"},
		{"ac3", "a.ac3", "-c:a ac3 -ac 6", 48000, 6, "5.1(side)"},
		{"eac3", "a.ts", "-c:a eac3 -ac 2", 48000, 2, "stereo"},
		{"vorbis", "a.ogg", "-c:a libvorbis -ac 2", 48000, 2, "stereo"},
		{"alac", "a.m4a", "-c:a alac -ac 2", 48000, 2, "stereo"},
		{"a-law", "a.wav", "-c:a pcm_alaw -ar 8000 -ac 1", 8000, 1, "mono"},
		{"mu-law", "a.wav", "-c:a pcm_mulaw -ar 8000 -ac 1", 8000, 1, "mono"},
		{"pcm 8 bit", "a.wav", "-c:a pcm_u8 -ac 2", 48000, 2, "stereo"},
		{"pcm 16 bit", "a.wav", "-c:a pcm_s16le -ac 2 -ar 32000", 32000, 2, "stereo"},
		{"pcm 24 bit", "a.wav", "-c:a pcm_s24le -ac 2 -ar 96000", 96000, 2, "stereo"},
		{"pcm 32 bit", "a.wav", "-c:a pcm_s32le -ac 1", 48000, 1, "mono"},
		{"pcm float", "a.wav", "-c:a pcm_f32le -ac 2", 48000, 2, "stereo"},
		{"pcm double", "a.wav", "-c:a pcm_f64le -ac 2", 48000, 2, "stereo"},
		{"pcm in mov", "a.mov", "-c:a pcm_s16be -ac 8", 48000, 8, "7.1"},
		{"adpcm", "a.wav", "-c:a adpcm_ima_wav -ac 2", 48000, 2, "stereo"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-f", "lavfi", "-i", "sine=440:beep_factor=3:sample_rate=48000:duration=1.5"}, strings.Fields(tt.args)...)
			path := generate(t, tt.file, args...)
			tracks, list := packets(t, path)
			_, got, errs := decode(t, list, capture.Audio)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if got.Rate != tt.rate || got.Layout != tt.layout || len(got.Channels) != tt.channels {
				t.Errorf("%d Hz %s %d channels, want %d %s %d", got.Rate, got.Layout, len(got.Channels), tt.rate, tt.layout, tt.channels)
			}
			want := floats(tool(t, "ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-"), tt.channels)
			// The padding at the end, which only the container tells of, is not cut.
			if extra := got.Samples - len(want[0]); extra < 0 || extra > 1200 {
				t.Fatalf("%d samples, ffmpeg %d", got.Samples, len(want[0]))
			}
			for c := range want {
				for i, v := range want[c] {
					if d := math.Abs(float64(v - got.Channels[c][i])); !(d < 1e-6) {
						t.Fatalf("channel %d sample %d is %g, ffmpeg %g (track %+v)", c, i, got.Channels[c][i], v, tracks[0])
					}
				}
			}
			continuous(t, got)
		})
	}
}

// continuous checks that the sound starts at zero (Vorbis: after its first short block) and that its times agree with its samples.
func continuous(t *testing.T, s heard) {
	t.Helper()
	if first := s.Runs[0]; first < 0 || first > 3*time.Millisecond {
		t.Errorf("the sound starts at %v", first)
	}
	for i := 1; i < len(s.Runs); i++ {
		if s.Runs[i] <= s.Runs[i-1] {
			t.Errorf("run %d at %v comes after %v", i, s.Runs[i], s.Runs[i-1])
		}
	}
	whole := time.Duration(float64(s.Samples) / float64(s.Rate) * float64(time.Second))
	if last := s.Runs[len(s.Runs)-1]; last > whole || last < whole-600*time.Millisecond {
		t.Errorf("the last run is at %v of %v", last, whole)
	}
}
