package picture

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/detecttest"
)

// Fields that ffmpeg weaves of 50 pictures a second, some of them exchanged or in the wrong order.
// What the stream says of them is put in, because the test decodes to bare pictures.
func TestInterlaceInMedia(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const fields = "mandelbrot=size=640x360:rate=50:start_scale=0.4:end_scale=0.05:end_pts=150,format=yuv420p,"
	const pictures = "mandelbrot=size=640x360:rate=25:start_scale=0.4:end_scale=0.05:end_pts=150,format=yuv420p,"
	for _, c := range []struct {
		name, filter         string
		interlaced, topFirst bool
		want                 string
	}{
		{"top first", fields + "tinterlace=interleave_top:vlpf", true, true, ""},
		{"bottom first", fields + "tinterlace=interleave_bottom:vlpf", true, false, ""},
		{"top said to be bottom first", fields + "tinterlace=interleave_top:vlpf", true, false,
			"field order: top field first, said to be bottom field first"},
		{"bottom said to be top first", fields + "tinterlace=interleave_bottom", true, true,
			"field order: bottom field first, said to be top field first"},
		{"said to be progressive", fields + "tinterlace=interleave_top", false, false, "combing in progressive pictures"},
		{"telecine said to be progressive", pictures + "telecine=first_field=top", false, false, "combing in progressive pictures"},
		{"telecine", pictures + "telecine=first_field=top", true, true, ""},
		{"segmented frames", pictures + "null", true, true, ""},
		{"progressive", pictures + "null", false, false, ""},
		{"exchanged lines", pictures + "loop=-1:1:20,il=ls=1:cs=1", true, true, "lines of the two fields exchanged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := encode(t, append([]string{"-f", "lavfi", "-i", c.filter + ",setpts=N/25/TB", "-r", "25", "-t", "3"}, h264("3M")...)...)
			width, height, _ := facts(t, path)
			d, err := Interlace.New(noSettings)
			if err != nil {
				t.Fatal(err)
			}
			got, n := "", 0
			decode(t, path, width, height, func(luma []byte, meter *detecttest.Meter) {
				p := meter.Measure(width, height, luma, nil, nil)
				p.Interlaced, p.TopFirst = c.interlaced, c.topFirst
				n++
				if v := d.Judge(detectors.Sample{At: time.Duration(n) * 40 * time.Millisecond, Picture: p}); v.State == detectors.Present {
					got = v.Detail
				}
			})
			if got != c.want {
				t.Errorf("%d pictures: %q, want %q", n, got, c.want)
			}
		})
	}
}
