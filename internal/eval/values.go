package eval

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

type loud = detectors.Loudness

// Want is a value that a case must measure: a loudness, for example.
type Want struct {
	Name      string // of the table [Values]
	Value     float64
	Low, High float64 // how far below and above it may lie
}

// Value is something that is measured of a whole file.
type Value struct {
	Name, Unit string
	Of         func(*Recording) float64
	Peer       string // the name that ebur128 has for it, "" where it sums up nothing of the kind
}

// Values are those that can be wanted.
var Values = []Value{
	{"integrated", "LUFS", lastLoudness(func(s loud) float64 { return s.Integrated }), "I"},
	{"range", "LU", lastLoudness(func(s loud) float64 { return s.Range }), "LRA"},
	{"largest momentary", "LUFS", largest(func(s loud) float64 { return s.Momentary }), ""},
	{"largest short-term", "LUFS", largest(func(s loud) float64 { return s.ShortTerm }), ""},
	{"smallest momentary", "LUFS", smallest(time.Second, func(s loud) float64 { return s.Momentary }), ""},
	{"smallest short-term", "LUFS", smallest(3*time.Second, func(s loud) float64 { return s.ShortTerm }), ""},
	{"true peak", "dBTP", truePeak, "TP"},
}

func lastLoudness(of func(loud) float64) func(*Recording) float64 {
	return func(r *Recording) float64 {
		last := math.NaN()
		for _, s := range r.Samples {
			if s.Sound != nil && s.Sound.Loudness.Updated {
				last = of(s.Sound.Loudness)
			}
		}
		return last
	}
}

func largest(of func(loud) float64) func(*Recording) float64 {
	return func(r *Recording) float64 {
		most := math.Inf(-1)
		for _, s := range r.Samples {
			if s.Sound != nil {
				most = max(most, of(s.Sound.Loudness))
			}
		}
		return most
	}
}

// smallest is from where so much was heard on.
func smallest(heard time.Duration, of func(loud) float64) func(*Recording) float64 {
	return func(r *Recording) float64 {
		least := math.Inf(1)
		for _, s := range r.Samples {
			if s.Sound != nil && s.Sound.Loudness.Measured >= heard {
				least = min(least, of(s.Sound.Loudness))
			}
		}
		return least
	}
}

func truePeak(r *Recording) float64 {
	most := 0.0
	for _, s := range r.Samples {
		if s.Sound != nil {
			for _, c := range s.Sound.Channels {
				most = max(most, c.TruePeak)
			}
		}
	}
	return 20 * math.Log10(most)
}

func valueNamed(name string) (Value, error) {
	for _, v := range Values {
		if v.Name == name {
			return v, nil
		}
	}
	return Value{}, fmt.Errorf("nobody measures %q", name)
}

func (r *Report) writeValues(out io.Writer) {
	if len(r.Wants) == 0 {
		return
	}
	fmt.Fprintf(out, "### Values\n\n")
	t := table{head: []string{"signal", "value", "wanted", "measured", "", "ebur128"}}
	for _, result := range r.Wants {
		for i, w := range result.Case.Wants {
			v, err := valueNamed(w.Name)
			if err != nil {
				continue
			}
			right := "right"
			if got := result.Values[i]; !(got >= w.Value-w.Low && got <= w.Value+w.High) {
				right = "wrong"
			}
			peer := none
			if x, ok := result.PeerValue[v.Peer]; ok {
				peer = fmt.Sprintf("%.1f", x)
			}
			t.add(result.Case.Step+" "+result.Case.Variant, v.Name+", "+v.Unit, fmt.Sprintf("%g +%g -%g", w.Value, w.High, w.Low),
				fmt.Sprintf("%.2f", result.Values[i]), right, peer)
		}
	}
	t.write(out)
}
