package mpegts

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// Streams from the air and from a file server, as they are.
func TestClips(t *testing.T) {
	for _, c := range []struct {
		name      string
		programme uint16
		lasts     time.Duration
		pictures  int // at least
		sounds    int
		video     capture.Codec
		width     int
		audio     capture.Codec
	}{
		{"animation_bbb_1080p_h264.ts", 0, 10 * time.Second, 290, 400, capture.H264, 1920, capture.MP2},
		{"broadcast_news_studio_h264.ts", 0, 12 * time.Second, 299, 555, capture.H264, 1024, capture.AAC},
		{"broadcast_teleshopping_576i_mpeg2.ts", 0, 3340 * ms, 60, 118, capture.MPEG2, 720, capture.MP2},
		{"broadcast_fashion_2160p_hevc.ts", 3012, 1280 * ms, 1, 0, capture.HEVC, 3840, ""},
		{"broadcast_ident_576i_mpeg2_mpts.ts", 3401, 1680 * ms, 14, 34, capture.MPEG2, 720, capture.MP2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlayer(c.programme)
			p.play(readClip(t, c.name), c.lasts)
			pictures, sounds := p.of(capture.Video), p.of(capture.Audio)
			if n := errorsOf(p.facts); n != 0 {
				t.Errorf("%d errors, of which the capture has none: %+v", n, p.facts)
			}
			if len(pictures) < c.pictures || len(sounds) < c.sounds {
				t.Errorf("%d pictures and %d sounds, want at least %d and %d", len(pictures), len(sounds), c.pictures, c.sounds)
			}
			if len(pictures) > 0 && (pictures[0].Format.Codec != c.video || pictures[0].Format.Width != c.width) {
				t.Errorf("video %+v", pictures[0].Format)
			}
			if len(sounds) > 0 && sounds[0].Format.Codec != c.audio {
				t.Errorf("audio %+v", sounds[0].Format)
			}
		})
	}
}
