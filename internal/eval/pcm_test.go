package eval

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestWAV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	p := &PCM16{Rate: 8000, Channels: 2, Samples: []float64{0, 1, -1, 0.5, 2, -3}}
	if err := p.write(path); err != nil {
		t.Fatal(err)
	}
	got, err := readWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0, 1, -1, 0.5, 1, -1}
	if got.Rate != 8000 || got.Channels != 2 || len(got.Samples) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, x := range want {
		if math.Abs(got.Samples[i]-x) > 1.0/32767 {
			t.Errorf("sample %d: %v, want %v", i, got.Samples[i], x)
		}
	}
}

func TestBetween(t *testing.T) {
	p := &PCM16{Rate: 10, Channels: 1, Samples: make([]float64, 30)}
	p.Between(1, 2, func(i int, frame []float64) { frame[0] = float64(i + 1) })
	for i, x := range p.Samples {
		want := 0.0
		if i >= 10 && i < 20 {
			want = float64(i - 9)
		}
		if x != want {
			t.Errorf("sample %d: %v, want %v", i, x, want)
		}
	}
	p.Between(2.5, 9, func(_ int, frame []float64) { frame[0] = -1 }) // beyond the end
	if p.Samples[24] != 0 || p.Samples[29] != -1 {
		t.Errorf("%v", p.Samples[20:])
	}
}

func FuzzWAV(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.wav")
	if err := (&PCM16{Rate: 8000, Channels: 2, Samples: make([]float64, 8)}).write(path); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parseWAV(text)
		if err == nil && len(p.Samples)%p.Channels != 0 {
			t.Errorf("%d samples in %d channels", len(p.Samples), p.Channels)
		}
	})
}
