//go:build gocv_specific_modules

package vision

import (
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRealLogo finds a station's half transparent logo over whatever is behind it, and not in another
// channel's picture. The logo is drawn after a picture in which it stands before a plain wall.
func TestRealLogo(t *testing.T) {
	const own, other = "broadcast_news_studio_h264.ts", "broadcast_teleshopping_576i_mpeg2.ts"
	where := image.Rect(844, 27, 888, 83) // in a picture of 1024x576
	pictures := clip(t, own)
	wall := pictures[6]
	mark := image.NewNRGBA(where.Sub(where.Min))
	for y := range where.Dy() {
		for x := range where.Dx() {
			at := where.Min.Add(image.Pt(x, y))
			if int(wall.GrayAt(at.X, at.Y).Y) > around(wall, at, 20)+8 {
				mark.SetNRGBA(x, y, color.NRGBA{255, 255, 255, 255})
			}
		}
	}
	l := newLogo(t, asPNG(t, mark))
	watch := func(pictures []*image.Gray) (p Presence) {
		w, err := NewWatch(l, where.Inset(-16), 8)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		for i, m := range pictures {
			got, seen, err := w.Look(grey(m))
			if err != nil {
				t.Fatal(err)
			}
			if seen != min(i+1, 8) {
				t.Errorf("the answer rests on %d frames, want %d", seen, min(i+1, 8))
			}
			p = got
		}
		return p
	}
	others := slices.Delete(slices.Clone(pictures), 6, 7)
	if got := watch(others); got.Score < 0.6 || got.At != where.Min {
		t.Errorf("its own channel: got %.3f at %v, want at least 0.6 at %v", got.Score, got.At, where.Min)
	}
	if got := watch(clip(t, "broadcast_teleshopping_576i_mpeg2.ts")); got.Score > 0.4 {
		t.Errorf("another channel: got %.3f, want at most 0.4", got.Score)
	}
}

// TestWatch: a logo over a changing picture, which then goes away.
func TestWatch(t *testing.T) {
	mark := emblem(40)
	l := newLogo(t, asPNG(t, mark))
	at := image.Pt(150, 30)
	w, err := NewWatch(l, image.Rect(130, 10, 210, 90), 5)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	look := func(i uint64, share float64, width int) (Presence, int) {
		m := texture(i, width, 120)
		stamp(m, mark, at, share)
		p, seen, err := w.Look(grey(m))
		if err != nil {
			t.Fatal(err)
		}
		return p, seen
	}
	var p Presence
	var seen int
	for i := range uint64(6) {
		p, seen = look(i, 0.2, 240)
	}
	if p.Score < 0.8 || p.At != at || seen != 5 {
		t.Errorf("faint logo: got %.3f at %v after %d frames, want at least 0.8 at %v after 5", p.Score, p.At, seen, at)
	}
	for i := range uint64(15) {
		p, _ = look(i+20, 0, 240)
	}
	if p.Score > 0.6 {
		t.Errorf("logo gone for three memories: got %.3f, want at most 0.6", p.Score)
	}
	if _, seen = look(50, 0.2, 260); seen != 1 {
		t.Errorf("after a change of size the answer rests on %d frames, want 1", seen)
	}
	if _, err := NewWatch(l, image.Rectangle{}, 0); err == nil || !strings.Contains(err.Error(), "memory of 0 frames") {
		t.Errorf("memory of 0: got error %v", err)
	}
	if _, _, err := w.Look(grey(texture(1, 30, 30))); err == nil || !strings.Contains(err.Error(), "watch logo: it has 40x40 pixels") {
		t.Errorf("a picture that the logo does not fit: got error %v", err)
	}
}

// around returns the mean of a square about a pixel.
func around(m *image.Gray, at image.Point, reach int) int {
	sum, n := 0, 0
	for y := at.Y - reach; y <= at.Y+reach; y++ {
		for x := at.X - reach; x <= at.X+reach; x++ {
			if (image.Point{x, y}).In(m.Rect) {
				sum += int(m.GrayAt(x, y).Y)
				n++
			}
		}
	}
	return sum / n
}

// clip returns the luma of a real recording, one picture a second, made 1024x576; the test is skipped
// where there is none.
func clip(t *testing.T, name string) []*image.Gray {
	t.Helper()
	file := filepath.Join("../../../shared/media/clips", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the clip is not here: %v", err)
	}
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	const width, height = 1024, 576
	raw, err := exec.Command(tool, "-v", "error", "-i", file, "-vf", "fps=1,scale=1024:576",
		"-pix_fmt", "gray", "-f", "rawvideo", "-").Output()
	if err != nil || len(raw) < 2*width*height {
		t.Fatalf("decode %s: %d bytes, %v", name, len(raw), err)
	}
	var pictures []*image.Gray
	for frame := range slices.Chunk(raw, width*height) {
		pictures = append(pictures, &image.Gray{Pix: frame, Stride: width, Rect: image.Rect(0, 0, width, height)})
	}
	return pictures
}
