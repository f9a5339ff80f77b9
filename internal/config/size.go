package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is an amount of memory or disk in bytes.
type Size int64

// The binary units of a Size.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

// units is ordered so that a suffix is found before a shorter one that it ends in.
var units = []struct {
	suffix string
	bytes  Size
}{
	{"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}, {"TiB", TiB},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// UnmarshalText reads "512MiB", "1.5GB" or "0".
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), Size(0)
	if number == "0" {
		*s = 0
		return nil
	}
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	if unit == 0 {
		return fmt.Errorf("%q is not a size: write a number and a unit, such as 512MiB or 1GiB", text)
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 0 || value*float64(unit) > float64(1<<62) || value != value {
		return fmt.Errorf("%q is not a size: write a number and a unit, such as 512MiB or 1GiB", text)
	}
	*s = Size(value * float64(unit))
	return nil
}

// String writes s in the largest unit that divides it: "1GiB".
func (s Size) String() string {
	for i := 3; i >= 0; i-- {
		if u := units[i]; s != 0 && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}
