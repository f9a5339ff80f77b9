//go:build gocv_specific_modules

package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// emblem is a logo: a disc with a bar across it, transparent around the disc.
func emblem(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := x-side/2, y-side/2
			switch {
			case dx*dx+dy*dy > side*side/4:
				m.SetNRGBA(x, y, color.NRGBA{}) // black, but transparent
			case dy > -side/8 && dy < side/8 || dx > 0 && dx < side/6:
				m.SetNRGBA(x, y, color.NRGBA{30, 30, 30, 255})
			default:
				m.SetNRGBA(x, y, color.NRGBA{220, 220, 220, 255})
			}
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stamp blends a logo into a picture.
func stamp(m *image.Gray, logo *image.NRGBA, at image.Point, share float64) {
	for y := range logo.Rect.Dy() {
		for x := range logo.Rect.Dx() {
			if c := logo.NRGBAAt(x, y); c.A > 0 {
				i := (at.Y+y)*m.Stride + at.X + x
				m.Pix[i] = uint8(float64(m.Pix[i])*(1-share) + float64(c.R)*share)
			}
		}
	}
}

func newLogo(t testing.TB, file []byte) *Logo {
	t.Helper()
	l, err := NewLogo(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func TestLogo(t *testing.T) {
	mark := emblem(40)
	l := newLogo(t, asPNG(t, mark))
	at := image.Pt(301, 22)
	near := image.Rect(280, 0, 360, 80)
	flat := func(v uint8) *image.Gray {
		m := image.NewGray(image.Rect(0, 0, 400, 224))
		for i := range m.Pix {
			m.Pix[i] = v
		}
		return m
	}
	noisy := func(seed uint64) *image.Gray {
		r := rand.New(rand.NewPCG(seed, 3))
		m := flat(0)
		for i := range m.Pix {
			m.Pix[i] = uint8(r.IntN(256))
		}
		return m
	}
	with := func(m *image.Gray, share float64) *image.Gray {
		stamp(m, mark, at, share)
		return m
	}
	for _, c := range []struct {
		name        string
		picture     *image.Gray
		part        image.Rectangle
		least, most float64
	}{
		{"there", with(texture(1, 400, 224), 1), near, 0.99, 1},
		{"there, anywhere", with(texture(1, 400, 224), 1), image.Rectangle{}, 0.99, 1},
		{"half transparent", with(texture(2, 400, 224), 0.5), near, 0.9, 1},
		{"on black", with(flat(0), 1), near, 0.85, 1},
		{"on white, anywhere", with(flat(255), 1), image.Rectangle{}, 0.8, 1},
		{"on noise", with(noisy(4), 0.5), near, 0.6, 1},
		{"not there", texture(1, 400, 224), near, 0, 0.5},
		{"not there, anywhere", texture(3, 400, 224), image.Rectangle{}, 0, 0.6},
		{"black", flat(0), near, 0, 0.01},
		{"grey", flat(130), image.Rectangle{}, 0, 0.01},
		{"white", flat(255), image.Rectangle{}, 0, 0.01},
		{"noise", noisy(5), near, 0, 0.4},
		{"elsewhere", with(texture(1, 400, 224), 1), image.Rect(0, 100, 100, 224), 0, 0.6},
	} {
		got, err := l.Find(grey(c.picture), c.part)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Score < c.least || got.Score > c.most {
			t.Errorf("%s: got %.3f, want %v to %v", c.name, got.Score, c.least, c.most)
		}
		if c.least > 0.5 && got.At != at {
			t.Errorf("%s: found at %v, want %v", c.name, got.At, at)
		}
	}
}

// TestLogoOnAnyFormat: where a sample lies makes no difference.
func TestLogoOnAnyFormat(t *testing.T) {
	mark := emblem(32)
	l := newLogo(t, asPNG(t, mark))
	m := texture(7, 161, 91)
	at := image.Pt(111, 40)
	stamp(m, mark, at, 0.7)
	for _, format := range formats {
		f := paint(format, grey(m).Colour, 0.2126, 0.0722, 161, 91, func(x, y int) color.RGBA {
			v := m.Pix[y*m.Stride+x]
			return color.RGBA{v, v, v, 255}
		})
		got, err := l.Find(f, image.Rect(100, 20, 161, 91))
		if err != nil {
			t.Fatal(err)
		}
		if got.Score < 0.97 || got.At != at {
			t.Errorf("%v: got %.3f at %v, want above 0.97 at %v", format, got.Score, got.At, at)
		}
	}
}

func TestLogoRefusals(t *testing.T) {
	blank := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	plain := image.NewGray(image.Rect(0, 0, 40, 40))
	for _, c := range []struct {
		says string
		file []byte
	}{
		{"empty", nil},
		{"save it as PNG", []byte("a text file")},
		{"save it as PNG", asPNG(t, emblem(40))[:60]},
		{"too small", asPNG(t, emblem(7))},
		{"0 pixels are not transparent", asPNG(t, blank)},
		{"no outline", asPNG(t, plain)},
		{"8 bits", asPNG(t, image.NewGray16(image.Rect(0, 0, 40, 40)))},
	} {
		l, err := NewLogo(c.file)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got error %v, want one with %q", err, c.says)
		}
		if l != nil {
			l.Close()
		}
	}
	l := newLogo(t, asPNG(t, emblem(40)))
	if _, err := l.Find(grey(texture(1, 30, 200)), image.Rectangle{}); err == nil || !strings.Contains(err.Error(), "40x40 pixels, the part of the picture to look in 30x200") {
		t.Errorf("logo wider than the picture: got error %v", err)
	}
	if _, err := l.Find(nil, image.Rectangle{}); err == nil {
		t.Error("no frame: got no error")
	}
}

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

func BenchmarkFind(b *testing.B) {
	l := newLogo(b, asPNG(b, emblem(100)))
	f := grey(texture(1, 1920, 1080))
	for name, part := range map[string]image.Rectangle{"corner": image.Rect(1600, 0, 1920, 200), "whole": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Find(f, part); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
