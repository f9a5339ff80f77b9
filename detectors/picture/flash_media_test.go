package picture

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/detecttest"
)

// The clips that IRIS is tested with, whose expectations are in the list of clips: how many changes
// it counts in a second, and when it says that they are too many. Its limits are those of ITU-R
// BT.1702-3 but for one: it calls four to six changes a second a fault when they go on for four seconds out of
// five, where the recommendation sees a risk in sequences of more than five seconds.
func TestFlashAgreesWithIRIS(t *testing.T) {
	needFFmpeg(t)
	for _, c := range []struct {
		file    string
		changes int    // the most in a second
		first   int    // picture in which a fault is told, -1 for never
		detail  string // of the fault
	}{
		{"2hz_5s", 5, -1, ""},
		{"2hz_6s", 5, 131, "go on"}, // IRIS: 113, after four seconds
		{"3hz_6s", 7, 29, "more than three"},
		{"extendedflong", 3, -1, ""},
		{"flashstripes", 25, 7, "more than three"},
		{"gradualredincrease", 0, -1, ""},
		{"gray", 0, -1, ""},
		{"intermitentef", 3, -1, ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			changes, first, detail := countFlashes(t, clip(t, "flash_iris_"+c.file+".mp4"))
			if changes != c.changes || first != c.first || !strings.Contains(detail, c.detail) {
				t.Errorf("%d changes, a fault (%q) from picture %d; want %d, %q from %d",
					changes, detail, first, c.changes, c.detail, c.first)
			}
		})
	}
}

// countFlashes returns the most changes of luminance in a second of a file, and the first picture
// with a fault.
func countFlashes(t *testing.T, path string) (changes, first int, detail string) {
	t.Helper()
	width, height, fps := facts(t, path)
	made, err := Flash.New(noSettings)
	if err != nil {
		t.Fatal(err)
	}
	d, n := made.(*flash), 0
	first = -1
	decode(t, path, width, height, func(luma []byte, meter *detecttest.Meter) {
		at := time.Duration(float64(n) / fps * float64(time.Second))
		meter.Full = true // which is what ffmpeg makes of gray
		v := d.Judge(detectors.Sample{At: at, Picture: meter.Measure(width, height, luma, nil, nil)})
		changes = max(changes, d.luminance.pairs)
		if v.State == detectors.Present && first < 0 {
			first, detail = n, v.Detail
		}
		n++
	})
	if n == 0 {
		t.Fatalf("no pictures in %s", path)
	}
	return changes, first, detail
}

// Flashes that a real encoder has coded, on both sides of the limits. Luma is that of cd/m2 on a
// screen of 200 with a gamma of 2.4.
func TestFlashInMedia(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	luma := func(cd float64) int { return int(math.Round(16 + 219*math.Pow(cd/200, 1/2.4))) }
	const all = 640
	for _, c := range []struct {
		name        string
		fps         int
		dark, light float64 // cd/m2
		width       int     // of 640
		on, period  int     // pictures
		harmful     bool
	}{
		{"five a second", 25, 0, 200, all, 2, 5, true},
		{"three a second", 30, 0, 200, all, 5, 10, false},
		{"four a second", 50, 0, 200, all, 6, 12, true},
		{"leading edges 380 ms apart", 50, 0, 200, all, 9, 19, false},
		{"leading edges 320 ms apart", 25, 0, 200, all, 4, 8, true},
		{"26.25 %", 25, 0, 200, 168, 2, 5, true},
		{"23.75 %", 25, 0, 200, 152, 2, 5, false},
		{"by 22 cd/m2", 25, 0, 22, all, 2, 5, true},
		{"by 18 cd/m2", 25, 0, 18, all, 2, 5, false},
		{"from 150 cd/m2", 25, 150, 195, all, 2, 5, true},
		{"from 165 cd/m2", 25, 165, 200, all, 2, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			filter := fmt.Sprintf("color=black:size=640x360:rate=%d,lutyuv=y=%d[b];color=black:size=%[3]dx360:rate=%[1]d,lutyuv=y=%[4]d[f];"+
				"[b][f]overlay=x=0:y=0:enable='lt(mod(n,%[5]d),%[6]d)',format=yuv420p", c.fps, luma(c.dark), c.width, luma(c.light), c.period, c.on)
			path := encode(t, append([]string{"-f", "lavfi", "-i", filter, "-t", "4"}, h264("2M")...)...)
			_, first, _ := countFlashes(t, path)
			if (first >= 0) != c.harmful {
				t.Errorf("a fault from picture %d, want harmful %v", first, c.harmful)
			}
		})
	}
}

// Programme with motion, cuts, gunfire and explosions.
func TestFlashOnRealClips(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, name := range []string{
		"mixed_content_vp8.webm", "broadcast_news_studio_h264.ts", "film_chaplin_bw_pillarbox.mp4", "animation_bbb_720p_vp8.webm",
	} {
		t.Run(name, func(t *testing.T) {
			if _, first, detail := countFlashes(t, clip(t, name)); first >= 0 {
				t.Errorf("%s from picture %d", detail, first)
			}
		})
	}
}
