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
	for _, path := range clips(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tracks, list := packets(t, path)
			for i, track := range tracks {
				if !track.Chosen {
					continue
				}
				if track.Format.Media == capture.Video {
					pictures, _, errs := decode(t, list, capture.Video)
					want := counted(t, path, i)
					t.Logf("%s: %d pictures, ffprobe %d, %d errors %v", track.Codec, len(pictures), want, len(errs), errs)
				} else {
					_, sound, errs := decode(t, list, capture.Audio)
					t.Logf("%s: %d samples, %d errors %v", track.Codec, sound.Samples, len(errs), errs)
				}
			}
		})
	}
}
