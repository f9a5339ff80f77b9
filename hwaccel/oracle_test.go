package hwaccel_test

import (
	"bufio"
	"bytes"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// TestAgreesWithFFmpeg holds our units against those of an independent program.
func TestAgreesWithFFmpeg(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	const width, height = 320, 256
	var raw bytes.Buffer
	word := func(n int) func(component, x, y int) uint16 {
		return func(component, x, y int) uint16 {
			return uint16(20+component*60+(x*(n+2)+y*3+x*y%7)%90) & 255
		}
	}
	var sums hwaccel.Sums
	var pictures [3]detectors.Picture
	var previous *hwaccel.Frame
	for n := range pictures {
		frame := metertest.NewFrame(eight, width, height, 0, func(component, x, y int) uint16 {
			v := word(n)(component, x, y)
			raw.WriteByte(byte(v))
			return v
		})
		if err := plain.New().Measure(frame, previous, nil, &sums); err != nil {
			t.Fatal(err)
		}
		hwaccel.Reduce(&sums, frame, &pictures[n])
		previous = frame
	}
	stats := statistics(t, ffmpeg, width, height, &raw)
	for n := range pictures {
		p := &pictures[n]
		for _, c := range []struct {
			name string
			got  float64
		}{
			{"YMIN", p.Low}, {"YMAX", p.High}, {"YAVG", p.Mean}, {"UAVG", p.Cb.Mean}, {"VAVG", p.Cr.Mean},
			{"YDIF", p.Difference}, {"UDIF", p.Cb.Difference}, {"VDIF", p.Cr.Difference},
			{"ti", p.TemporalInformation},
		} {
			if n == 0 && strings.HasSuffix(c.name, "DIF") {
				continue // signalstats compares the first picture with itself
			}
			if want, ok := stats[n][c.name]; !ok || math.Abs(c.got-want) > 0.01 {
				t.Errorf("picture %d: %s: got %v, ffmpeg %v", n, c.name, c.got, want)
			}
		}
		// Ours comes from one row in sixteen.
		if want := stats[n]["si"]; math.Abs(p.SpatialInformation-want) > 0.05*want {
			t.Errorf("picture %d: si: got %v, ffmpeg %v", n, p.SpatialInformation, want)
		}
	}
}

// statistics returns what the filters signalstats and siti say of each picture.
func statistics(t *testing.T, ffmpeg string, width, height int, raw *bytes.Buffer) []map[string]float64 {
	t.Helper()
	command := exec.Command(ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuvj420p",
		"-s", strconv.Itoa(width)+"x"+strconv.Itoa(height), "-i", "-",
		"-vf", "signalstats,siti,metadata=print:file=-", "-f", "null", "-")
	command.Stdin = raw
	out, err := command.Output()
	if err != nil {
		t.Fatalf("run ffmpeg: %v", err)
	}
	var all []map[string]float64
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "frame:") {
			all = append(all, map[string]float64{})
		}
		name, value, ok := strings.Cut(lines.Text(), "=")
		name = name[strings.LastIndex(name, ".")+1:]
		if !ok || len(all) == 0 {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			all[len(all)-1][name] = v
		}
	}
	return all
}
