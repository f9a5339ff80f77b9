package picture

import (
	"fmt"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// shortHold keeps the made media short; what stands still for 2 s would for 5.
var shortHold = detectors.Hold{For: 2 * time.Second, Keep: time.Second}

// A freeze that is coded again, with noise that is new in every picture (noise n=1 to 6), at a
// rate that starves it (400 kb/s pulses with every group of pictures) and at an ample one. FFmpeg's
// freezedetect with its defaults finds none from n=2 on.
func TestFreezeUnderCodingNoise(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, source := range []struct{ name, args, scale string }{
		{"made", "mandelbrot=size=640x360:rate=25:start_scale=0.4:end_scale=0.05:end_pts=200", ""},
		{"news", "broadcast_news_studio_h264.ts", "scale=640:360,"},
		{"head", "talkinghead_grid_pwij3p.mpg", ""},
	} {
		t.Run(source.name, func(t *testing.T) {
			input := []string{"-f", "lavfi", "-t", "3", "-i", source.args}
			if source.name != "made" {
				input = []string{"-t", "3", "-i", clip(t, source.args)}
			}
			for _, n := range []int{1, 2, 4, 6} {
				for _, rate := range []string{"400k", "3M"} {
					if n != 6 && rate == "3M" {
						continue
					}
					checkFreeze(t, n, rate, source.scale, input)
				}
			}
		})
	}
}

func checkFreeze(t *testing.T, noise int, rate, scale string, input []string) {
	t.Helper()
	// Picture 39 is repeated 100 times: the first that repeats is picture 40.
	const first, last = 40, 140
	filter := fmt.Sprintf("%sfps=25,setpts=N/25/TB,loop=loop=100:size=1:start=40,setpts=N/25/TB,noise=alls=%d:allf=t",
		scale, noise)
	path := encode(t, append(append(input, "-vf", filter), h264(rate)...)...)
	// There are only 35 live pictures after it to close it by.
	got := watchFile(t, Freeze, detectors.Hold{For: 2 * time.Second, Keep: 200 * time.Millisecond}, noSettings, path)
	if len(got) != 1 {
		t.Errorf("noise %d at %s: %d incidents, want 1: %+v", noise, rate, len(got), got)
		return
	}
	began, ended := pictures(got[0].At), pictures(got[0].Until)
	// A starved encoder shows the last motion late: what it sends at first is not yet still.
	// After the freeze it takes some pictures until nearly still material has moved away from it.
	early, late, after := 4, 3, 20
	if noise >= 6 {
		late = 14
	}
	if began < first-early || began > first+late || ended < last-2 || ended > last+after {
		t.Errorf("noise %d at %s: pictures %d to %d, want %d to %d", noise, rate, began, ended, first, last)
	}
}

func pictures(at time.Duration) int { return int(at.Seconds()*25 + 0.5) }

// What is nearly still, and live.
func TestFreezeOfNearlyStillMaterial(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const still = "mandelbrot=size=640x360:rate=25:start_scale=0.3:end_scale=0.3,loop=-1:1:0,setpts=N/25/TB"
	for _, c := range []struct{ name, filter string }{
		{"slow zoom", still + ",zoompan=z='1+0.0004*on':d=1:s=640x360:fps=25"},
		{"slow pan", still + ",crop=480:270:x='n/5':y=20"},
		{"slow fade", still + ",fade=t=out:st=0:d=20:color=gray"},
		{"small moving object", "color=red:size=10x10:rate=25[o];" + still + "[b];[b][o]overlay=x='n/2':y=100"},
		{"dark scene, small light", still + ",lutyuv=y='16+val/12'[b];color=0x404040:size=12x12:rate=25[o];[b][o]overlay=x='n':y=200"},
		{"ticking clock", still + ",drawbox=x=560:y=300:w=32:h=32:t=fill:color=white:enable='lt(mod(t,2),1)'"},
		{"ticker", "testsrc2=size=640x30:rate=25,scroll=horizontal=0.01[o];" + still + "[b];[b][o]overlay=x=0:y=320:shortest=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := encode(t, append([]string{"-f", "lavfi", "-i", c.filter + ",format=yuv420p", "-t", "8"}, h264("1M")...)...)
			if got := watchFile(t, Freeze, shortHold, noSettings, path); len(got) != 0 {
				t.Errorf("frozen: %+v", got)
			}
			if c.name != "ticking clock" && c.name != "ticker" {
				return
			}
			ignore := func(into any) error {
				into.(*freezeSettings).IgnoreArea = map[string]detectors.Ratio{"ticking clock": 0.02, "ticker": 0.12}[c.name]
				return nil
			}
			if got := watchFile(t, Freeze, shortHold, ignore, path); len(got) != 1 || got[0].At > 200*time.Millisecond {
				t.Errorf("with ignore_area: %+v", got)
			}
		})
	}
}

// A frozen picture of interlaced material, coded as fields.
func TestFreezeInterlaced(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	path := encode(t, "-f", "lavfi", "-t", "6", "-i", "mandelbrot=size=720x576:rate=50:start_scale=0.4:end_scale=0.05:end_pts=300",
		"-vf", "tinterlace=interleave_top,fps=25,setpts=N/25/TB,loop=loop=100:size=1:start=50,setpts=N/25/TB,noise=alls=3:allf=t,setfield=tff",
		"-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "4M", "-pix_fmt", "yuv420p")
	got := watchFile(t, Freeze, shortHold, noSettings, path)
	if len(got) != 1 || pictures(got[0].At) < 48 || pictures(got[0].At) > 52 {
		t.Errorf("incidents %+v, want one from picture 50", got)
	}
}

// Clean material, with the dwell that is the default. The animation and the parking place without
// cars stand still for up to 4.8 s.
func TestFreezeOnRealClips(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, name := range []string{
		"animation_chrome_ad_h264.mp4", "bottles_table_h264.mp4", "traffic_topdown_h264.mp4",
		"talkinghead_grid_lwbsza.mpg", "film_his_girl_friday_bw.mp4", "film_tears_of_steel_vp8.webm",
		"broadcast_teleshopping_576i_mpeg2.ts", "testcard_bars_640x480.mp4", "field_coded_foreman_h264.264",
	} {
		t.Run(name, func(t *testing.T) {
			if got := watchFile(t, Freeze, Freeze.Hold, noSettings, clip(t, name)); len(got) != 0 {
				t.Errorf("frozen: %+v", got)
			}
		})
	}
}
