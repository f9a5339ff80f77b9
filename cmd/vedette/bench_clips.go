package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// benchClip is one input of the bench.
type benchClip struct{ name, path string }

// benchSource is a picture as hard to decode as a real one: fractal detail that moves, and grain.
const benchSource = "mandelbrot=s=%s:r=25:start_scale=0.5:end_scale=0.01:end_pts=250,noise=alls=6:allf=t"

type benchKind struct {
	name, size, file string
	args             []string
}

// benchKinds are the usual kinds of feed.
var benchKinds = []benchKind{
	{"1080p25 H.264 6 Mb/s", "1920x1080", "h264.ts", []string{"-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M", "-maxrate", "6M", "-bufsize", "6M", "-g", "50"}},
	{"1080p25 HEVC 4 Mb/s", "1920x1080", "hevc.ts", []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-b:v", "4M", "-g", "50"}},
	{"576i25 MPEG-2 4 Mb/s", "720x576", "mpeg2.ts", []string{"-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "4M", "-g", "12"}},
	{"2160p25 HEVC 15 Mb/s", "3840x2160", "uhd.ts", []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-b:v", "15M", "-g", "50"}},
}

// benchSeconds is the length of a clip: long enough that starting a process does not count.
const benchSeconds = 10

func makeBenchClips(ctx context.Context, folder string, kinds []benchKind) ([]benchClip, error) {
	var clips []benchClip
	for _, kind := range kinds {
		path := filepath.Join(folder, kind.file)
		args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y",
			"-f", "lavfi", "-i", fmt.Sprintf(benchSource, kind.size),
			"-f", "lavfi", "-i", "anoisesrc=r=48000:c=pink:a=0.3,aformat=channel_layouts=stereo",
			"-t", fmt.Sprint(benchSeconds), "-pix_fmt", "yuv420p"}
		args = append(append(args, kind.args...), "-c:a", "aac", path)
		if said, err := exec.CommandContext(ctx, "ffmpeg", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make the clip %s with ffmpeg: %w: %s", kind.name, err, said)
		}
		clips = append(clips, benchClip{kind.name, path})
	}
	return clips, nil
}

// cores is how many of them the machine lends us.
func cores() int { return runtime.GOMAXPROCS(0) }
