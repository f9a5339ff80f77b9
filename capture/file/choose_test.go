package file

import (
	"testing"

	"github.com/vedette-av/vedette/capture"
)

func TestMainTracks(t *testing.T) {
	video := func(w, h int, programmes ...int) Track {
		return Track{Decodable: true, Programmes: programmes, Format: capture.Format{Media: capture.Video, Width: w, Height: h}}
	}
	audio := func(rate, channels int, programmes ...int) Track {
		return Track{Decodable: true, Programmes: programmes, Format: capture.Format{Media: capture.Audio, SampleRate: rate, Channels: channels}}
	}
	with := func(t Track, change func(*Track)) Track { change(&t); return t }
	tests := []struct {
		name         string
		tracks       []Track
		video, audio int
	}{
		{"nothing", nil, -1, -1},
		{"sound only", []Track{audio(48000, 2)}, -1, 0},
		{"one of each", []Track{audio(48000, 2), video(64, 48)}, 1, 0},
		{"a cover is no video", []Track{audio(48000, 2), with(video(600, 600), func(t *Track) { t.Attached = true })}, -1, 0},
		{"the larger video", []Track{video(640, 360), video(1920, 1080), video(640, 360)}, 1, -1},
		{"the one marked to be played", []Track{video(1920, 1080), with(video(640, 360), func(t *Track) { t.Default = true })}, 1, -1},
		{"not the audio description", []Track{with(audio(48000, 2), func(t *Track) { t.Impaired = true }), audio(48000, 2)}, -1, 1},
		{"the first of equals", []Track{audio(48000, 2), audio(48000, 2)}, -1, 0},
		{"sound that was met", []Track{video(64, 48), audio(0, 0), audio(48000, 1)}, 0, 2},
		{"sound announced only", []Track{video(64, 48), audio(0, 0)}, 0, 1},
		{"not decodable", []Track{with(video(64, 48), func(t *Track) { t.Decodable = false }), video(32, 32)}, 1, -1},
		{"both from one programme", []Track{video(1920, 1080, 1), video(720, 576, 2), audio(48000, 2, 2)}, 1, 2},
		{"a programme that was met", []Track{video(0, 0, 1), audio(0, 0, 1), video(720, 576, 2), audio(48000, 2, 2)}, 2, 3},
		{"television before radio", []Track{audio(48000, 2, 1), audio(48000, 2, 1), video(720, 576, 2)}, 2, -1},
		{"the programme with more", []Track{video(720, 576, 1), audio(48000, 2, 1), video(720, 576, 2), audio(48000, 2, 2), audio(48000, 2, 2)}, 2, 3},
		{"a track in two programmes", []Track{audio(48000, 2, 1, 2), video(720, 576, 2)}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, a := mainTracks(tt.tracks); v != tt.video || a != tt.audio {
				t.Errorf("video %d audio %d, want %d %d", v, a, tt.video, tt.audio)
			}
		})
	}
}

// TestNothing says why a file is of no use.
func TestNothing(t *testing.T) {
	tests := []struct {
		tracks []Track
		want   string
	}{
		{nil, "holds neither video nor sound"},
		{[]Track{{Codec: "subrip"}}, "holds neither video nor sound"},
		{[]Track{{Attached: true, Decodable: true, Format: capture.Format{Media: capture.Video}}}, "holds a cover picture only, neither video nor sound"},
		{[]Track{{Codec: "ac4", Format: capture.Format{Media: capture.Audio}}}, "this FFmpeg cannot decode ac4"},
	}
	for _, tt := range tests {
		if got := nothing(tt.tracks); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
