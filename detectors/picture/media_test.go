package picture

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/detecttest"
)

// needFFmpeg skips the test where media cannot be made or decoded.
func needFFmpeg(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no media")
	}
	for _, program := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here: %v", program, err)
		}
	}
}

// clip returns the path of a real clip, or skips the test where the clips are not at hand.
func clip(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "media", "clips", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real clips here: %v", err)
	}
	return path
}

// encode makes a file of a filter graph or file with the real encoder and returns its path.
func encode(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.ts")
	args = append([]string{"-v", "error", "-nostdin", "-y"}, args...)
	out, err := exec.Command("ffmpeg", append(args, "-an", "-threads", "2", path)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return path
}

// h264 are the arguments of an encoder at a bit rate, a group of pictures every two seconds.
func h264(rate string) []string {
	return []string{"-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-pix_fmt", "yuv420p",
		"-b:v", rate, "-maxrate", rate, "-bufsize", rate}
}

// watchFile decodes a file, measures its pictures in plain Go and runs them through one detector.
// It returns the incidents in their last state; one that was still open has no end.
func watchFile(t *testing.T, kind detectors.Kind, hold detectors.Hold, set func(any) error, path string) []detectors.Incident {
	t.Helper()
	width, height, fps := facts(t, path)
	detector, err := kind.New(set)
	if err != nil {
		t.Fatal(err)
	}
	bank := detectors.NewBank("test", time.Unix(0, 0), []detectors.Armed{{Kind: kind, Detector: detector, Hold: hold}})
	incidents := map[string]detectors.Incident{}
	var order []string
	duration := time.Duration(float64(time.Second) / fps)
	n := 0
	decode(t, path, width, height, func(luma []byte, meter *detecttest.Meter) {
		at := time.Duration(float64(n) / fps * float64(time.Second))
		n++
		meter.Duration = duration
		for _, c := range bank.Step(detectors.Sample{At: at, Picture: meter.Measure(width, height, luma, nil, nil)}) {
			if c.Phase == detectors.Opened {
				order = append(order, c.Incident.ID)
			}
			incidents[c.Incident.ID] = c.Incident
		}
	})
	if n == 0 {
		t.Fatalf("no pictures in %s", path)
	}
	var list []detectors.Incident
	for _, id := range order {
		list = append(list, incidents[id])
	}
	return list
}

func facts(t *testing.T, path string) (width, height int, fps float64) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "quiet", "-select_streams", "v:0",
		"-show_entries", "stream=width,height,r_frame_rate", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	// A transport stream is listed twice, below its programme and by itself.
	line, _, _ := strings.Cut(string(out), "\n")
	fields := strings.Split(strings.TrimSpace(strings.TrimRight(line, ",\r")), ",")
	if len(fields) < 3 {
		t.Fatalf("ffprobe %s: %q", path, out)
	}
	width, _ = strconv.Atoi(fields[0])
	height, _ = strconv.Atoi(fields[1])
	var num, den float64
	fmt.Sscanf(fields[2], "%g/%g", &num, &den)
	if width == 0 || height == 0 || num == 0 || den == 0 {
		t.Fatalf("ffprobe %s: %q", path, out)
	}
	return width, height, num / den
}

func decode(t *testing.T, path string, width, height int, each func([]byte, *detecttest.Meter)) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "quiet", "-nostdin", "-threads", "2", "-i", path, "-map", "0:v:0",
		"-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r, luma, meter := bufio.NewReaderSize(out, 1<<20), make([]byte, width*height), &detecttest.Meter{}
	for {
		if _, err := io.ReadFull(r, luma); err != nil {
			break
		}
		each(luma, meter)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("decode %s: %v", path, err)
	}
}

func noSettings(any) error { return nil }
