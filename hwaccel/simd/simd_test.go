package simd

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
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

// meters returns one of each level.
func meters(t testing.TB) []metertest.Meter {
	t.Helper()
	var all []metertest.Meter
	for _, level := range levels() {
		all = append(all, metertest.Meter{
			Name: level.String(), Meter: at(t, level), Into: new(hwaccel.Sums),
		})
	}
	return all
}

func TestAgreesWithPlain(t *testing.T) { metertest.Run(t, meters(t)...) }

func TestAgreesWithPlainOnClips(t *testing.T) { metertest.RunClips(t, meters(t)...) }

func TestRefuses(t *testing.T) { metertest.RunRefusals(t, New()) }

func FuzzMeter(f *testing.F) { metertest.Fuzz(f, meters(f)...) }

func TestLevelBeyondMachine(t *testing.T) {
	for _, level := range []Level{-1, AVX512 + 1} {
		if m, err := NewAt(level); err == nil || m != nil {
			t.Errorf("NewAt(%d): got %v, %v, want an error", level, m, err)
		}
	}
}

// A format in 8 bits after one in 10 meets memory that the other filled.
func TestKeepsNothingOfAnotherShape(t *testing.T) {
	sizes := [][2]int{{129, 33}, {130, 33}, {64, 16}, {65, 40}}
	all := meters(t)
	for i := range 40 {
		c := metertest.Case{
			Format: metertest.Formats[i*7%len(metertest.Formats)],
			Width:  sizes[i%4][0], Height: sizes[i%4][1],
			Pattern: metertest.Random, Frames: 1 + i%3, Seed: uint64(i),
		}
		metertest.Compare(t, c.String(), c.Make(), all...)
	}
}

func TestAllocatesNothing(t *testing.T) {
	frames := metertest.Case{
		Format: formats[0], Width: 352, Height: 288, Pattern: metertest.Random, Frames: 3,
	}.Make()
	meter := New()
	var sums hwaccel.Sums
	if n := testing.AllocsPerRun(20, func() {
		if err := meter.Measure(frames[2], frames[1], frames[0], &sums); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("got %v allocations a frame, want 0", n)
	}
}

// The C side fills the Go structs as they lie, and repeats the constants.
func TestBothSidesMatch(t *testing.T) {
	for _, c := range []struct {
		name    string
		inGo, c int
	}{
		{"size of Totals", int(unsafe.Sizeof(hwaccel.Totals{})), sizeofTotals},
		{"size of Cell", int(unsafe.Sizeof(hwaccel.Cell{})), sizeofCell},
		{"StepThreshold", hwaccel.StepThreshold, stepThreshold},
		{"LowestTolerated", hwaccel.LowestTolerated, lowestTolerated},
		{"HighestTolerated", hwaccel.HighestTolerated, highestTolerated},
		{"RedThreshold", hwaccel.RedThreshold, redThreshold},
		{"UYVY", int(hwaccel.UYVY), layoutUYVY},
		{"V210", int(hwaccel.V210), layoutV210},
		{"C444", int(hwaccel.C444), chroma444},
	} {
		if c.inGo != c.c {
			t.Errorf("%s: %d in Go, %d in C", c.name, c.inGo, c.c)
		}
	}
	for i := range reflect.TypeFor[hwaccel.Totals]().NumField() {
		field := reflect.TypeFor[hwaccel.Totals]().Field(i)
		if field.Type.Size()%8 != 0 {
			t.Errorf("hwaccel.Totals.%s has %d bytes, want whole 64-bit integers", field.Name, field.Type.Size())
		}
	}
}

// TestSanitized compiles the C, with a driver that gives every plane and every output memory of
// exactly its size, for the address and undefined behaviour sanitizers.
func TestSanitized(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for half a minute")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("gcc is not installed")
	}
	sources, err := filepath.Glob("*.c")
	if err != nil || len(sources) == 0 {
		t.Fatalf("find C sources: got %d, %v", len(sources), err)
	}
	program := filepath.Join(t.TempDir(), "sanitized")
	args := append([]string{"-g", "-O1", "-std=gnu11", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-I.", "-o", program, filepath.Join("testdata", "sanitized.c")}, sources...)
	args = append(args, "-lm")
	if out, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Skipf("gcc cannot compile for the sanitizers here: %v\n%s", err, out)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=1", "UBSAN_OPTIONS=print_stacktrace=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
