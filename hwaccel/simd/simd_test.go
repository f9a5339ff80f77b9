package simd

import (
	"testing"

	"github.com/vedette-av/vedette/hwaccel/metertest"
)

// levels are those that this machine can run.
func levels() []Level {
	var all []Level
	for l := Portable; l <= Best(); l++ {
		all = append(all, l)
	}
	return all
}

func at(t testing.TB, level Level) *Meter {
	t.Helper()
	m, err := NewAt(level)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAgreesWithPlain(t *testing.T) {
	for _, level := range levels() {
		t.Run(level.String(), func(t *testing.T) { metertest.Run(t, at(t, level)) })
	}
}
