package metertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
)

// clip is a picture of a programme: where from, and as what ffmpeg hands it out.
type clip struct {
	input         []string // of ffmpeg, before the filter
	pixels        string   // ffmpeg's name of the format
	format        hwaccel.PixelFormat
	width, height int
}

// RunClips proves meters against package plain on three successive frames of real programmes where
// the clips are at hand, and of what ffmpeg generates. It needs ffmpeg.
func RunClips(t *testing.T, meters ...Meter) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	for _, c := range clips() {
		t.Run(fmt.Sprint(c.input[len(c.input)-1], " ", c.pixels), func(t *testing.T) {
			Compare(t, "clip", readClip(t, ffmpeg, c), meters...)
		})
	}
}

func clips() []clip {
	i420 := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8}
	nv12 := hwaccel.PixelFormat{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 8}
	p010 := hwaccel.PixelFormat{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 10, Shift: 6}
	ten422 := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 10}
	uyvy := hwaccel.PixelFormat{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 8}
	generated := func(source string) []string { return []string{"-f", "lavfi", "-i", source} }
	all := []clip{
		{generated("testsrc2=size=640x360:rate=25"), "yuv420p", i420, 640, 360},
		{generated("mandelbrot=size=318x178:rate=25"), "nv12", nv12, 318, 178},
		{generated("smptehdbars=size=1280x720:rate=25"), "p010le", p010, 1280, 720},
	}
	folder := clipFolder()
	if folder == "" {
		return all
	}
	real := func(name string) []string { return []string{"-ss", "1", "-i", filepath.Join(folder, name)} }
	return append(all,
		clip{real("animation_bbb_1080p_h264.ts"), "yuv420p", i420, 1920, 1080},
		clip{real("broadcast_teleshopping_576i_mpeg2.ts"), "uyvy422", uyvy, 720, 576},
		clip{real("film_chaplin_bw_pillarbox.mp4"), "nv12", nv12, 640, 360},
		clip{real("film_tears_of_steel_vp9.webm"), "yuv422p10le", ten422, 1920, 800},
	)
}

// clipFolder returns the folder of real clips beside the repository, or "".
func clipFolder() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	folder := filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "media", "clips")
	if _, err := os.Stat(folder); err != nil {
		return ""
	}
	return folder
}

// readClip returns three successive frames.
func readClip(t *testing.T, ffmpeg string, c clip) []*hwaccel.Frame {
	t.Helper()
	args := append([]string{"-v", "error", "-nostdin"}, c.input...)
	args = append(args, "-map", "0:v:0", "-frames:v", "3",
		"-vf", fmt.Sprintf("scale=%d:%d", c.width, c.height),
		"-pix_fmt", c.pixels, "-f", "rawvideo", "-")
	var errors bytes.Buffer
	command := exec.CommandContext(t.Context(), ffmpeg, args...)
	command.Stderr = &errors
	raw, err := command.Output()
	if err != nil {
		t.Fatalf("read clip: %v: %s", err, errors.String())
	}
	size := len(raw) / 3
	frames := make([]*hwaccel.Frame, 3)
	for i := range frames {
		frames[i] = unpack(t, c, raw[i*size:(i+1)*size])
	}
	return frames
}

// unpack makes a frame of raw video, in which planes and rows follow each other without a gap.
func unpack(t *testing.T, c clip, raw []byte) *hwaccel.Frame {
	t.Helper()
	at := 0
	next := func() uint16 {
		v := uint16(raw[at])
		at++
		if c.format.Bytes() == 2 {
			v |= uint16(raw[at]) << 8
			at++
		}
		return v
	}
	f := NewFrame(c.format, c.width, c.height, 0, func(component, x, y int) uint16 {
		if c.format.Layout == hwaccel.UYVY {
			return uint16(raw[y*2*c.width+[3]int{2*x + 1, 4 * x, 4*x + 2}[component]])
		}
		return next()
	})
	if at != len(raw) && c.format.Layout != hwaccel.UYVY {
		t.Fatalf("read clip: got %d bytes a frame, want %d", len(raw), at)
	}
	return f
}
