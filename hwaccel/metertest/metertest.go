// Package metertest is the conformance suite of the meters: whatever the format, the size, the
// content and the place in memory, a meter's [hwaccel.Sums] equal those of package plain in every
// bit. A backend calls [Run], [RunClips] and [RunRefusals] from its tests, and [Fuzz] from its fuzz
// target.
package metertest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// Formats are the formats that every meter must measure.
var Formats = []hwaccel.PixelFormat{
	{Layout: hwaccel.Planar, Chroma: hwaccel.Gray, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C422, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C444, Depth: 8},
	{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.Gray, Depth: 10},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 10},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 10},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 10},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 10, Shift: 6},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C422, Depth: 10, Shift: 6},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C444, Depth: 10, Shift: 6},
	{Layout: hwaccel.V210, Chroma: hwaccel.C422, Depth: 10},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 9},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 12},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 12},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 12},
}

// sizes go through every way in which a picture can miss the 2, 6, 8, 16, 32 and 64 pixels that
// meters work in.
var sizes = [][2]int{
	{1, 1}, {2, 1}, {1, 2}, {3, 3}, {5, 17}, {7, 4}, {15, 16}, {16, 16}, {17, 15}, {31, 33},
	{32, 2}, {33, 18}, {47, 31}, {48, 48}, {63, 5}, {64, 64}, {65, 65}, {97, 34}, {127, 49},
	{128, 16}, {129, 1}, {1, 129}, {176, 144}, {353, 289},
}

// large sizes draw in larger boxes, and the last one larger cells.
var large = [][2]int{{1919, 1079}, {1920, 1080}, {2562, 1083}}

// Meter is a meter under test. It is used for all cases in turn, and into the same Sums, so that
// what one picture leaves behind would show in the next.
type Meter struct {
	Name string
	hwaccel.Meter
	Into *hwaccel.Sums
}

// Run proves meters against package plain. In short mode it leaves out the larger pictures.
func Run(t *testing.T, meters ...Meter) {
	for i, format := range Formats {
		t.Run(format.String(), func(t *testing.T) {
			for j, size := range sizes {
				if testing.Short() && size[0]*size[1] > 5000 {
					continue
				}
				for _, pattern := range Patterns {
					c := Case{
						Format: format, Width: size[0], Height: size[1], Pattern: pattern,
						Frames: 1 + j%3, Misaligned: j % 5, Full: j%2 == 0, Seed: uint64(j),
					}
					Compare(t, c.String(), c.Make(), meters...)
				}
			}
			if testing.Short() {
				return
			}
			c := Case{
				Format: format, Width: large[i%len(large)][0], Height: large[i%len(large)][1],
				Pattern: Patterns[i%2], Frames: 2 + i%2, Misaligned: 1 + i%3, Seed: uint64(i),
			}
			Compare(t, c.String(), c.Make(), meters...)
			c.Width, c.Height, c.Pattern, c.Frames = hwaccel.MaxSide, 19, Striped, 2
			Compare(t, c.String(), c.Make(), meters...)
		})
	}
}

// Compare measures the last of one to three frames, the others being those before it, by each
// meter and by package plain, and fails t where one differs.
func Compare(t *testing.T, name string, frames []*hwaccel.Frame, meters ...Meter) {
	t.Helper()
	last := len(frames) - 1
	var past [2]*hwaccel.Frame
	for i := range min(last, 2) {
		past[i] = frames[last-1-i]
	}
	var want hwaccel.Sums
	if err := plain.New().Measure(frames[last], past[0], past[1], &want); err != nil {
		t.Fatalf("%s: plain: %v", name, err)
	}
	for _, meter := range meters {
		if err := meter.Measure(frames[last], past[0], past[1], meter.Into); err != nil {
			t.Fatalf("%s: %s: %v", name, meter.Name, err)
		}
		if !meter.Into.Equal(&want) {
			t.Fatalf("%s: %s differs in %s", name, meter.Name, Difference(meter.Into, &want))
		}
	}
}

// Difference names the first field in which two Sums differ, with both values.
func Difference(got, want *hwaccel.Sums) string {
	return difference("", reflect.ValueOf(*got), reflect.ValueOf(*want))
}

func difference(name string, got, want reflect.Value) string {
	switch got.Kind() {
	case reflect.Struct:
		for i := range got.NumField() {
			if d := difference(name+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice, reflect.Array:
		if got.Len() != want.Len() {
			return fmt.Sprintf("the length of %s: got %d, want %d", name, got.Len(), want.Len())
		}
		for i := range got.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", name, i), got.Index(i), want.Index(i)); d != "" {
				return d
			}
		}
		return ""
	}
	if got.Interface() != want.Interface() {
		return fmt.Sprintf("%s: got %v, want %v", name, got, want)
	}
	return ""
}

// rng returns the generator of a case.
func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5eed)) }
