package ffmpeg_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vedette-av/vedette/capture"
)

// counted asks ffprobe how many frames it decodes from stream i.
func counted(t *testing.T, path string, i int) int {
	t.Helper()
	out := tool(t, "ffprobe", "-v", "quiet", "-threads", "1", "-count_frames", "-select_streams", strconv.Itoa(i),
		"-show_entries", "stream=nb_read_frames", "-of", "json", path)
	var v struct {
		Streams []struct {
			Frames string `json:"nb_read_frames"`
		}
	}
	if err := json.Unmarshal(out, &v); err != nil || len(v.Streams) == 0 {
		t.Fatalf("ffprobe: %v in %s", err, out)
	}
	n, _ := strconv.Atoi(v.Streams[0].Frames)
	return n
}

// TestClips decodes every real clip and holds the number of pictures against ffprobe's.
func TestClips(t *testing.T) {
	// Cut out of a running broadcast: ffprobe counts pictures before the first key picture too.
	headless := map[string]int{
		"broadcast_fashion_2160p_hevc.ts":      1,
		"broadcast_teleshopping_576i_mpeg2.ts": 2,
	}
	// Cut in the middle of a sound frame.
	torn := map[string]int{"broadcast_ident_576i_mpeg2_mpts.ts": 1}
	for _, path := range clips(t) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			tracks, list := packets(t, path)
			for i, track := range tracks {
				if !track.Chosen {
					continue
				}
				pictures, sound, errs := decode(t, list, track.Format.Media)
				if len(errs) > torn[name] {
					t.Errorf("%s: %d packets failed: %v", track.Codec, len(errs), errs)
				}
				if track.Format.Media == capture.Audio {
					if sound.Samples == 0 && track.Format.SampleRate > 0 {
						t.Errorf("%s: no sound", track.Codec)
					}
					continue
				}
				if want := counted(t, path, i) - headless[name]; len(pictures) != want {
					t.Errorf("%s: %d pictures, want %d", track.Codec, len(pictures), want)
				}
				monotone(t, pictures)
				for _, p := range pictures {
					mean := float64(p.Luma) / float64(p.Width*((p.Height-1)/every(&p.Frame)+1))
					if most := float64(int(1)<<p.Format.Depth - 1); mean < most/20-4 || mean > most {
						t.Errorf("the picture at %v has a mean luma of %.1f of %.0f", p.At, mean, most)
					}
				}
			}
		})
	}
}
