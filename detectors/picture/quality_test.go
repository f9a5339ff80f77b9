package picture

import (
	"math"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// hostile are pictures as no meter makes them.
func hostile() []*detectors.Picture {
	nan := math.NaN()
	cells := func(n int) detectors.Cells {
		return detectors.Cells{Size: 16, Columns: n, Rows: 1, Mean: make([]byte, n), Spread: make([]byte, n),
			Change: make([]byte, n), Border: make([]byte, n), Detail: make([]byte, n)}
	}
	grid := detectors.Grid{Period: 8, Step: nan, Around: nan, Clarity: nan}
	return []*detectors.Picture{
		nil, {}, {HasPrevious: true},
		{Width: 1, Height: 1, Cells: cells(1), HasPrevious: true, Deviation: nan, Gradient: nan, TemporalInformation: nan},
		{Width: 640, Height: 16, Cells: cells(40), HasPrevious: true, GridAcross: grid, GridDown: grid, Deviation: nan},
		{Width: 640, Height: 16, Cells: cells(40), Deviation: 50, GridAcross: detectors.Grid{Period: 4, Clarity: 9, Step: math.Inf(1)},
			GridDown: detectors.Grid{Period: 32, Clarity: 9, Step: math.Inf(1)}},
	}
}

func TestQualityOfHostilePictures(t *testing.T) {
	for _, kind := range []detectors.Kind{Blockiness, Noise, Blur} {
		d, err := kind.New(noSettings)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Duration(0)
		for range 40 {
			for i, p := range hostile() {
				at += 300 * time.Millisecond
				if v := d.Judge(detectors.Sample{At: at, Picture: p}); v.State == detectors.Present {
					t.Errorf("%s: picture %d: %+v", kind.Name, i, v)
				}
			}
		}
	}
}

func TestQualitySettings(t *testing.T) {
	for _, c := range []struct {
		kind detectors.Kind
		set  func(any)
	}{
		{Blockiness, func(s any) { s.(*blockinessSettings).Step = 0.1 }},
		{Noise, func(s any) { s.(*noiseSettings).Level = 100 }},
		{Blur, func(s any) { s.(*blurSettings).Loss = 1 }},
		{Blur, func(s any) { s.(*blurSettings).Learn = time.Second }},
	} {
		if _, err := c.kind.New(func(into any) error { c.set(into); return nil }); err == nil {
			t.Errorf("%s: no error for a setting out of range", c.kind.Name)
		}
	}
}

// What is learned fades, but not while nothing is seen, and weights stay finite over years.
func TestPast(t *testing.T) {
	p := past{memory: time.Minute}
	at := time.Duration(0)
	learn := func(value float64, steps int, step time.Duration) {
		for range steps {
			at += step
			p.add(at, value)
		}
	}
	learn(0.5, 600, 100*time.Millisecond)
	if got := p.quantile(0.1); math.Abs(got-0.5) > 0.01 {
		t.Errorf("after a minute of 0.5: %v", got)
	}
	learn(0.25, 2, time.Hour)
	if got := p.quantile(0.5); math.Abs(got-0.5) > 0.01 {
		t.Errorf("after two values with hours between: %v", got)
	}
	learn(0.25, 600, 100*time.Millisecond)
	if got := p.quantile(0.5); math.Abs(got-0.25) > 0.01 {
		t.Errorf("after a minute of 0.25: %v", got)
	}
	learn(0.75, 100_000, time.Second)
	if got := p.quantile(0.01); math.Abs(got-0.75) > 0.01 || math.IsInf(p.total, 0) {
		t.Errorf("after a day of 0.75: %v of %v", got, p.total)
	}
}

func TestQualityAllocates(t *testing.T) {
	p := hostile()[4]
	for _, kind := range []detectors.Kind{Blockiness, Noise, Blur} {
		d, _ := kind.New(noSettings)
		at := time.Duration(0)
		if n := testing.AllocsPerRun(100, func() {
			at += 40 * time.Millisecond
			d.Judge(detectors.Sample{At: at, Picture: p})
		}); n > 0 {
			t.Errorf("%s: %v allocations a picture", kind.Name, n)
		}
	}
}
