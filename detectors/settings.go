package detectors

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Level is an amplitude in decibels relative to full scale, written "-60dBFS".
type Level float64

// UnmarshalText reads "-60dBFS", "-60 dBFS", "-60 dB" or "-60".
func (l *Level) UnmarshalText(text []byte) error {
	number := strings.TrimSpace(string(text))
	for _, unit := range []string{"dbfs", "db"} {
		if rest, ok := strings.CutSuffix(strings.ToLower(number), unit); ok {
			number = strings.TrimSpace(rest)
			break
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Errorf("level %q: want decibels relative to full scale, such as -60dBFS", text)
	}
	*l = Level(value)
	return nil
}

// MarshalText writes "-60dBFS".
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

func (l Level) String() string {
	return strconv.FormatFloat(float64(l), 'f', -1, 64) + "dBFS"
}

// Amplitude returns the linear amplitude, 1 at 0 dBFS.
func (l Level) Amplitude() float64 { return math.Pow(10, float64(l)/20) }

// LevelOf returns the level of a linear amplitude; of 0, one far below anything that can be set.
func LevelOf(amplitude float64) Level {
	return Level(20 * math.Log10(max(amplitude, 1e-15)))
}

// Ratio is a share, of an area for example, from 0 to 1, written "2%" or "0.02".
type Ratio float64

// UnmarshalText reads "2%", "2 %" or "0.02".
func (r *Ratio) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(strings.TrimSpace(string(text)), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Errorf("ratio %q: want a share such as 2%% or 0.02", text)
	}
	if percent {
		value /= 100
	}
	*r = Ratio(value)
	return nil
}

// MarshalText writes "2%".
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Ratio) String() string {
	// Rounded, so that 0.07 is "7%" and not "7.000000000000001%".
	percent := math.Round(float64(r)*100*1e6) / 1e6
	return strconv.FormatFloat(percent, 'f', -1, 64) + "%"
}

// InRange returns an error that names the setting, its value and its range if value does not lie
// from low to high. Detectors call it in New.
func InRange[T Level | Ratio | time.Duration | int | float64](setting string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("setting %s is %v: want %v to %v", setting, value, low, high)
}
