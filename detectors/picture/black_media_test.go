package picture

import (
	"testing"
	"time"
)

const made = "mandelbrot=size=640x360:rate=25:start_scale=0.4:end_scale=0.05:end_pts=200"

// blackFrom2To5 covers the made picture with black from the second to the fifth second.
const blackFrom2To5 = ",drawbox=t=fill:color=black:enable='between(t,1.99,4.99)'"

func TestBlackMade(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, c := range []struct {
		name, filter string
		args         []string
		want         bool
	}{
		{"black", made + blackFrom2To5, nil, true},
		{"a white logo of 2.5 %", made + blackFrom2To5 + ",drawbox=x=500:y=30:w=76:h=76:t=fill:color=white", nil, true},
		{"a logo of letters at the lower left", made + blackFrom2To5 + ",drawbox=x=40:y=300:w=8:h=30:t=fill:color=white,drawbox=x=60:y=300:w=8:h=30:t=fill:color=white,drawbox=x=80:y=320:w=40:h=8:t=fill:color=gray", nil, true},
		{"coded with noise", made + blackFrom2To5 + ",noise=alls=6:allf=t", nil, true},
		{"full range", made + blackFrom2To5 + ",scale=out_range=full,format=yuvj420p", []string{"-pix_fmt", "yuvj420p"}, true},
		{"a title card", made + blackFrom2To5 + ",drawbox=x=200:y=170:w=240:h=20:t=fill:color=white:enable='between(t,1.99,4.99)'", nil, false},
		{"credits", "testsrc2=size=40x360:rate=25,scroll=vertical=0.003[c];" + made + blackFrom2To5 + "[b];[b][c]overlay=x=300:y=0:shortest=1", nil, false},
		{"a dark noisy scene at 40", "color=0x1c1c1c:size=640x360:rate=25,noise=alls=20:allf=t", nil, false},
		{"a dark scene", made + ",lutyuv=y='16+val/8':u=128:v=128", nil, false},
		{"a dark scene with bars", made + ",lutyuv=y='16+val/8':u=128:v=128,drawbox=y=0:h=45:t=fill:color=black,drawbox=y=315:h=45:t=fill:color=black", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"-f", "lavfi", "-i", c.filter, "-t", "7"}, h264("1M")...)
			got := watchFile(t, Black, shortHold, noSettings, encode(t, append(args, c.args...)...))
			if !c.want {
				if len(got) != 0 {
					t.Errorf("black: %+v", got)
				}
				return
			}
			if len(got) != 1 || (got[0].At-2*time.Second).Abs() > 80*time.Millisecond || (got[0].Until-5*time.Second).Abs() > 80*time.Millisecond {
				t.Errorf("got %+v, want black from 2 s to 5 s", got)
			}
		})
	}
}

func TestBlackOnRealClips(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	for _, name := range []string{
		"dark_blurry_dog_720p.mp4", "film_sintel_letterbox.mp4", "film_chaplin_bw_pillarbox.mp4",
		"film_tears_of_steel_vp8.webm", "animation_chrome_ad_h264.mp4",
	} {
		t.Run(name, func(t *testing.T) {
			if got := watchFile(t, Black, Black.Hold, noSettings, clip(t, name)); len(got) != 0 {
				t.Errorf("black: %+v", got)
			}
		})
	}
}
