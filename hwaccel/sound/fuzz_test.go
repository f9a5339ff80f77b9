package sound

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

// FuzzMeasure: whatever a decoder hands over, measurements are numbers within their bounds, and
// blocks never go back in time.
func FuzzMeasure(f *testing.F) {
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	f.Add([]byte{}, int64(0), uint16(1024))
	f.Add(nan, int64(-5e9), uint16(1))
	f.Add(binary.LittleEndian.AppendUint32(nan, math.Float32bits(math.MaxFloat32)), int64(20e6), uint16(333))
	f.Add(binary.LittleEndian.AppendUint32(nil, 1), int64(math.MinInt64), uint16(4000)) // a denormal
	f.Fuzz(func(t *testing.T, bits []byte, step int64, piece uint16) {
		m, err := New(8000, "stereo", 2)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		n := int(piece)%2000 + 1
		pcm := &hwaccel.PCM{Rate: 8000, Layout: "stereo", Channels: [][]float32{make([]float32, n), make([]float32, n)}}
		last := time.Duration(math.MinInt64)
		for i := range 6 {
			for j := range n * min(1, len(bits)/4) {
				at := 4 * ((i + j) % (len(bits) / 4))
				pcm.Channels[j%2][j] = math.Float32frombits(binary.LittleEndian.Uint32(bits[at:]))
			}
			pcm.At = time.Duration(step)
			if i%3 > 0 {
				pcm.At += time.Duration(i) * time.Second / 50
			}
			err := m.Measure(pcm, func(at time.Duration, s *detectors.Sound) {
				if at <= last {
					t.Fatalf("block at %v after one at %v", at, last)
				}
				last = at
				bounded(t, s)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func bounded(t *testing.T, s *detectors.Sound) {
	t.Helper()
	numbers := func(v reflect.Value) {
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Float64 && (math.IsNaN(f.Float()) || math.IsInf(f.Float(), 1)) {
				t.Fatalf("%s is %v", v.Type().Field(i).Name, f.Float())
			}
		}
	}
	for _, c := range s.Channels {
		numbers(reflect.ValueOf(c))
		numbers(reflect.ValueOf(c.Hum))
		if c.Peak > 1e6 || c.TruePeak < c.Peak || c.RMS > c.Peak*1.0001 || c.Invalid > 8000/50 || c.ZeroRun > c.RepeatRun {
			t.Fatalf("out of bounds: %+v", c)
		}
	}
	for _, p := range s.Pairs {
		numbers(reflect.ValueOf(p))
		if math.Abs(p.Correlation) > 1 {
			t.Fatalf("correlation %v", p.Correlation)
		}
	}
	numbers(reflect.ValueOf(s.Loudness))
}
