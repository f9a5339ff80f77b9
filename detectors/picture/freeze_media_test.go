package picture

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

var shortFreeze = detectors.Hold{For: 2 * time.Second, Keep: time.Second}

func TestGridFreeze(t *testing.T) {
	if os.Getenv("GRID") == "" {
		t.Skip()
	}
	type src struct{ name, file, scale, ss string }
	for _, s := range []src{
		{"head", "talkinghead_grid_pwij3p.mpg", "640:512", "0"},
		{"traffic", "traffic_topdown_h264.mp4", "768:432", "9"},
		{"bottles", "bottles_table_h264.mp4", "640:360", "5"},
	} {
		for _, n := range []int{0, 3, 6} {
			for _, rate := range []string{"400k", "1500k"} {
				name := fmt.Sprintf("%s n=%d %s", s.name, n, rate)
				vf := fmt.Sprintf("scale=%s,fps=25,setpts=N/25/TB,loop=loop=200:size=1:start=40,setpts=N/25/TB,noise=alls=%d:allf=t", s.scale, n)
				path := encode(t, append([]string{"-ss", s.ss, "-t", "3", "-i", clip(t, s.file), "-vf", vf}, h264(rate)...)...)
				got := watchFile(t, Freeze, shortFreeze, noSettings, path)
				os.Remove(path)
				line := ""
				for _, i := range got {
					line += fmt.Sprintf(" [%+.0f %+.0f frames, score %.2f]", math.Round(i.At.Seconds()*25)-41, math.Round(i.Until.Seconds()*25)-241, i.Worst)
				}
				flag := ""
				if len(got) != 1 {
					flag = "  <<<<<"
				}
				fmt.Println(name, line, flag)
			}
		}
	}
}
