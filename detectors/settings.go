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

// UnmarshalText reads "-60dBFS", "-60 dBFS", "-1dBTP", "-60 dB" or "-60".
func (l *Level) UnmarshalText(text []byte) error {
	value, ok := quantity(text, "dbfs", "dbtp", "db")
	if !ok {
		return fmt.Errorf("level %q: want decibels relative to full scale, such as -60dBFS", text)
	}
	*l = Level(value)
	return nil
}

// quantity reads a number that one of some units, in small letters, may follow.
func quantity(text []byte, units ...string) (value float64, ok bool) {
	number := strings.ToLower(strings.TrimSpace(string(text)))
	for _, unit := range units {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number = strings.TrimSpace(rest)
			break
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	return value, err == nil && !math.IsNaN(value) && !math.IsInf(value, 0)
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

// LUFS is a loudness, K-weighted and relative to full scale, written "-23LUFS".
type LUFS float64

// UnmarshalText reads "-23LUFS", "-24 LKFS" or "-23".
func (l *LUFS) UnmarshalText(text []byte) error {
	value, ok := quantity(text, "lufs", "lkfs")
	if !ok {
		return fmt.Errorf("loudness %q: want loudness units relative to full scale, such as -23LUFS", text)
	}
	*l = LUFS(value)
	return nil
}

// MarshalText writes "-23LUFS".
func (l LUFS) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

func (l LUFS) String() string { return strconv.FormatFloat(float64(l), 'f', -1, 64) + "LUFS" }

// Decibels is a ratio of two levels, written "30dB".
type Decibels float64

// UnmarshalText reads "30dB", "30 dB", "2LU" or "30".
func (d *Decibels) UnmarshalText(text []byte) error {
	value, ok := quantity(text, "db", "lu")
	if !ok {
		return fmt.Errorf("ratio %q: want decibels between two levels, such as 30dB", text)
	}
	*d = Decibels(value)
	return nil
}

// MarshalText writes "30dB".
func (d Decibels) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Decibels) String() string { return strconv.FormatFloat(float64(d), 'f', -1, 64) + "dB" }

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
func InRange[T Level | LUFS | Decibels | Ratio | time.Duration | int | float64](setting string, value, low, high T) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("setting %s is %v: want %v to %v", setting, value, low, high)
}
