package metertest

import (
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
)

// Fuzz compares meters with package plain on pictures that the fuzzer composes: their format, size,
// place in memory, number and content.
func Fuzz(f *testing.F, meters ...Meter) {
	f.Add(uint8(1), uint16(33), uint16(17), uint8(1), uint8(2), []byte{0, 255, 16, 235})
	f.Add(uint8(15), uint16(7), uint16(5), uint8(3), uint8(3), []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, format uint8, width, height uint16, misaligned, frames uint8, content []byte) {
		if len(content) == 0 {
			return
		}
		pixels := Formats[int(format)%len(Formats)]
		w, h := 1+int(width)%300, 1+int(height)%70
		made := make([]*hwaccel.Frame, 1+frames%3)
		at := 0
		for i := range made {
			made[i] = NewFrame(pixels, w, h, int(misaligned%8), func(int, int, int) uint16 {
				at++
				return uint16(content[at%len(content)])<<8 | uint16(content[at/7%len(content)])
			})
			made[i].Colour.Full = misaligned >= 128
		}
		Compare(t, "fuzzed picture", made, meters...)
	})
}
