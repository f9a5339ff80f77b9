package worker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// Samples are nearly all that a worker says, many times a second and up to 100 KB each. They travel
// flat: values in a fixed order, little endian, without names, read into memory that is used again.
// One description of each type (sample.go) serves both directions, so they cannot part.

// flat is a message being written, or being read.
type flat struct {
	data    []byte // what was written, or what is left to read
	reading bool
	err     error // the first; nothing is read after it
}

var (
	errShort  = errors.New("cut short")
	errLonger = errors.New("longer than its content")
)

// take returns the next n bytes to read, nil where there are not so many.
func (f *flat) take(n int) []byte {
	if f.err != nil || n < 0 || n > len(f.data) {
		f.fail(errShort)
		return nil
	}
	taken := f.data[:n]
	f.data = f.data[n:]
	return taken
}

func (f *flat) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// end returns the first error, and one where something is left.
func (f *flat) end() error {
	if f.err == nil && len(f.data) > 0 {
		return errLonger
	}
	return f.err
}

func (f *flat) word(v uint64) uint64 {
	if !f.reading {
		f.data = binary.LittleEndian.AppendUint64(f.data, v)
		return v
	}
	if b := f.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (f *flat) count(v *uint64)           { *v = f.word(*v) }
func (f *flat) number(v *int)             { *v = int(f.word(uint64(*v))) }
func (f *flat) duration(v *time.Duration) { *v = time.Duration(f.word(uint64(*v))) }

// float refuses what would pass every comparison of a detector: NaN and infinity. Minus infinity
// may stand, for the loudness of silence is that.
func (f *flat) float(v *float64) {
	*v = math.Float64frombits(f.word(math.Float64bits(*v)))
	if f.reading {
		f.finite(*v)
	}
}

func (f *flat) finite(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 1) {
		f.fail(fmt.Errorf("%v in a measurement", v))
	}
}

func (f *flat) floats(of ...*float64) {
	for _, v := range of {
		f.float(v)
	}
}

// shares is for arrays of a fixed length.
func (f *flat) shares(of []float32) {
	for i := range of {
		if !f.reading {
			f.data = binary.LittleEndian.AppendUint32(f.data, math.Float32bits(of[i]))
		} else if b := f.take(4); b != nil {
			of[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
			f.finite(float64(of[i]))
		}
	}
}

func (f *flat) octet(v *uint8) {
	if !f.reading {
		f.data = append(f.data, *v)
	} else if b := f.take(1); b != nil {
		*v = b[0]
	}
}

func (f *flat) flag(v *bool) {
	var octet uint8
	if *v {
		octet = 1
	}
	f.octet(&octet)
	*v = octet != 0
}

func (f *flat) flags(of ...*bool) {
	for _, v := range of {
		f.flag(v)
	}
}

// length is that of what follows.
func (f *flat) length(n int) int {
	if !f.reading {
		f.data = binary.LittleEndian.AppendUint32(f.data, uint32(n))
		return n
	}
	if b := f.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (f *flat) octets(v *[]byte) {
	n := f.length(len(*v))
	if !f.reading {
		f.data = append(f.data, *v...)
		return
	}
	*v = append((*v)[:0], f.take(n)...)
}

func (f *flat) text(v *string) {
	n := f.length(len(*v))
	if !f.reading {
		f.data = append(f.data, *v...)
		return
	}
	if b := f.take(n); string(b) != *v { // most texts are those of the sample before
		*v = oneLine(string(b))
	}
}

// list grows or cuts a slice to the length that comes; an entry takes at least one byte.
func list[T any](f *flat, v *[]T, most int) {
	n := f.length(len(*v))
	if !f.reading {
		return
	}
	if n > most || n > len(f.data) {
		f.fail(fmt.Errorf("list of %d, at most %d", n, most))
		n = 0
	}
	if cap(*v) < n {
		*v = make([]T, n)
	}
	*v = (*v)[:n]
}
