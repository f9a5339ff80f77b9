// Package metertest is the conformance suite of the meters: whatever the format, the size, the
// content and the place in memory, a meter's [hwaccel.Sums] equal those of package plain in every
// bit. A backend calls [Run] from its tests, and [Compare] from its fuzz target.
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

// large sizes draw in larger cells and boxes.
var large = [][2]int{{1919, 1079}, {1920, 1080}, {2562, 1443}}

// Run proves a meter against package plain.
func Run(t *testing.T, meter hwaccel.Meter) {
	for _, format := range Formats {
		t.Run(format.String(), func(t *testing.T) {
			for i, size := range sizes {
				for _, pattern := range Patterns {
					check(t, meter, Case{
						Format: format, Width: size[0], Height: size[1], Pattern: pattern,
						Frames: 1 + i%3, Misaligned: i % 5, Full: i%2 == 0, Seed: uint64(i),
					})
				}
			}
		})
	}
	for i, size := range large {
		for j, format := range Formats {
			if testing.Short() || j%len(large) != i {
				continue
			}
			t.Run(fmt.Sprintf("%dx%d %v", size[0], size[1], format), func(t *testing.T) {
				for k, pattern := range []Pattern{Random, Extreme} {
					check(t, meter, Case{
						Format: format, Width: size[0], Height: size[1], Pattern: pattern,
						Frames: 3 - k, Misaligned: 1 + k, Seed: uint64(j),
					})
				}
			})
		}
	}
}

func check(t *testing.T, meter hwaccel.Meter, c Case) {
	t.Helper()
	frames := c.Make()
	Compare(t, c.String(), meter, frames)
}

// Compare measures the last of one to three frames, the others being those before it, by the meter
// and by package plain, and fails t where they differ.
func Compare(t *testing.T, name string, meter hwaccel.Meter, frames []*hwaccel.Frame) {
	t.Helper()
	last := len(frames) - 1
	var previous, before *hwaccel.Frame
	if last > 0 {
		previous = frames[last-1]
	}
	if last > 1 {
		before = frames[last-2]
	}
	var got, want hwaccel.Sums
	if err := plain.New().Measure(frames[last], previous, before, &want); err != nil {
		t.Fatalf("%s: plain: %v", name, err)
	}
	if err := meter.Measure(frames[last], previous, before, &got); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !got.Equal(&want) {
		t.Fatalf("%s: the meters differ in %s", name, Difference(&got, &want))
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
