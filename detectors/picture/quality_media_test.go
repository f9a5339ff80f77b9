package picture

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// What encoders and filters really do, over a picture with detail and plain parts.
func TestQualityOfMadeMedia(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const scene = "mandelbrot=size=320x180:rate=25:start_scale=0.4:end_scale=0.2:end_pts=200,format=yuv420p"
	hold := detectors.Hold{For: 2 * time.Second, Keep: time.Second}
	for _, c := range []struct {
		name   string
		kind   detectors.Kind
		filter string
		codec  []string
		want   bool
	}{
		{"MPEG-2 at its coarsest", Blockiness, scene, []string{"-c:v", "mpeg2video", "-q:v", "31", "-qmin", "31", "-qmax", "31", "-bf", "2"}, true},
		{"H.264 without its filter", Blockiness, scene, []string{"-c:v", "libx264", "-preset", "veryfast", "-qp", "46", "-x264-params", "no-deblock=1"}, true},
		{"MPEG-2 with bits to spare", Blockiness, scene, []string{"-c:v", "mpeg2video", "-q:v", "3"}, false},
		{"H.264 starved, with its filter", Blockiness, scene, h264("100k"), false},
		{"noise", Noise, scene + ",noise=alls=40:allf=t", h264("8M"), true},
		{"snow", Noise, "color=gray:size=320x180:rate=25,noise=alls=100:allf=t", h264("4M"), true},
		{"starved snow", Noise, "color=gray:size=320x180:rate=25,noise=alls=100:allf=t", h264("700k"), true},
		{"fine grain", Noise, scene + ",noise=alls=8:allf=t", h264("4M"), false},
		{"no noise", Noise, scene, h264("1M"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := encode(t, append([]string{"-f", "lavfi", "-i", c.filter, "-t", "5"}, c.codec...)...)
			got := watchFile(t, c.kind, hold, noSettings, path)
			if !c.want {
				if len(got) != 0 {
					t.Errorf("told %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].At > 300*time.Millisecond {
				t.Errorf("got %+v, want one from the start", got)
			}
		})
	}
}

// Clean material, with the dwell that is the default.
func TestQualityOfRealClips(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, name := range []string{"talkinghead_grid_lrwp9a.mpg", "film_chaplin_bw_pillarbox.mp4", "mixed_content_vp8.webm"} {
		t.Run(name, func(t *testing.T) {
			path := clip(t, name)
			for _, kind := range []detectors.Kind{Blockiness, Noise} {
				if got := watchFile(t, kind, detectors.Hold{For: time.Second, Keep: time.Second}, noSettings, path); len(got) != 0 {
					t.Errorf("%s: %+v", kind.Name, got)
				}
			}
		})
	}
}
