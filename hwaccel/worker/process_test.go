package worker

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// converse sends packets to a fresh worker, drains it and returns what it said.
func converse(t *testing.T, packets ...capture.Packet) (samples []detectors.Sample, last Report) {
	t.Helper()
	p, err := fakeProgram(t).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Stop(); err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	}()
	for _, packet := range packets {
		if err := p.Send(packet, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Drain(); err != nil {
		t.Fatal(err)
	}
	for {
		e, err := p.Receive(10 * time.Second)
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Sample != nil:
			samples = append(samples, *e.Sample)
		case e.Report != nil:
			last = *e.Report
		case e.Done != nil:
			return samples, last
		}
	}
}

func TestPictureIsMeasured(t *testing.T) {
	samples, report := converse(t, picturePacket(0), picturePacket(1))
	if len(samples) != 2 || samples[1].Picture == nil {
		t.Fatalf("got %d samples, want two pictures", len(samples))
	}
	second := samples[1].Picture
	if second.Mean != 1 || !second.HasPrevious || second.Difference != 1 || second.Identical {
		t.Errorf("second picture %+v, want mean 1 and a difference of 1 to the first", second)
	}
	if report.Pictures != 2 || report.Width != 32 {
		t.Errorf("report %+v", report)
	}
}

// The configuration of a codec is seldom text.
func TestBinaryConfigurationTravels(t *testing.T) {
	p := picturePacket(0)
	p.Format.Extra = "\x01\x42\xc0\xff\x00"
	if samples, report := converse(t, p); len(samples) != 1 {
		t.Errorf("got %d samples, report %+v", len(samples), report)
	}
}

// What cannot be decoded is told, and does not stop the rest.
func TestDamageIsCounted(t *testing.T) {
	bad := picturePacket(1)
	bad.Data = []byte(orderFail)
	samples, report := converse(t, picturePacket(0), bad, picturePacket(2))
	if len(samples) != 2 || report.Errors != 1 || report.LastError != "damaged" {
		t.Errorf("%d samples, report %+v, want 2 and one error", len(samples), report)
	}
}

func TestTrackWithoutDecoder(t *testing.T) {
	strange := picturePacket(0)
	strange.Format.Codec = "nonsense"
	sound := capture.Packet{Format: capture.Format{Media: capture.Audio, Codec: "fake"}, Track: 1, Data: []byte{0}, Key: true}
	samples, report := converse(t, strange, sound)
	if len(samples) != 1 || samples[0].Sound == nil {
		t.Errorf("got %d samples, want the sound", len(samples))
	}
	if want := "video cannot be decoded: no decoder for nonsense"; report.Unmeasured != want {
		t.Errorf("unmeasured %q, want %q", report.Unmeasured, want)
	}
}

// One track of each kind is watched; a second language is not mixed into the first.
func TestSecondTrackIsLeftOut(t *testing.T) {
	sound := capture.Packet{Format: capture.Format{Media: capture.Audio, Codec: "fake"}, Track: 1, Data: []byte{0}, Key: true}
	other := sound
	other.Track = 2
	if samples, _ := converse(t, sound, other); len(samples) != 1 {
		t.Errorf("got %d samples, want one", len(samples))
	}
}

func TestChangeOfFormatStartsAgain(t *testing.T) {
	changed := picturePacket(10)
	changed.Format.Width = 1920
	samples, _ := converse(t, picturePacket(0), changed)
	if len(samples) != 2 || samples[1].Picture.HasPrevious {
		t.Errorf("the first picture of a new format was compared with the last of the old one")
	}
}

func TestFileIsPassed(t *testing.T) {
	p, err := fakeProgram(t).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Stop() }()
	if err := p.Play(os.Stdin, "a.mp4", Play{}); err != nil {
		t.Fatal(err)
	}
	e, err := p.Receive(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if e.Done == nil || !e.Done.BadInput || e.Done.Err.Error() != "no files here" {
		t.Errorf("got %+v, want the worker's refusal", e.Done)
	}
}

func TestStrangeWorkersAreRefused(t *testing.T) {
	self := fakeProgram(t)
	other := self
	other.Version = "1.2.3"
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho no such library >&2\nexit 127\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		program Program
		want    string
	}{
		{"another version", other, "is version test, the daemon is version 1.2.3: install both from the same package"},
		{"a program that ends", Program{Path: script}, "no such library"},
		{"no program", Program{Path: "/nonexistent/vedette-worker"}, "start the worker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.program.Start(t.Context())
			if err == nil {
				_ = p.Stop()
				t.Fatal("it was taken for a worker")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want it to say %q", err, c.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	folder := t.TempDir()
	if _, err := Find(filepath.Join(folder, "absent")); err == nil || !strings.Contains(err.Error(), "set worker.path") {
		t.Errorf("a missing worker: %v", err)
	}
	if _, err := Find(folder); err == nil || !strings.Contains(err.Error(), "not an executable file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Find(""); err == nil || !strings.Contains(err.Error(), "vedette-worker is missing") {
		t.Errorf("none beside the program: %v", err)
	}
}

func goodPicture() *detectors.Picture {
	p := &detectors.Picture{Width: 32, Height: 20, Cells: detectors.Cells{Size: 16, Columns: 2, Rows: 2}}
	fill(reflect.ValueOf(&p.Cells).Elem(), 4)
	fill(reflect.ValueOf(&p.Rows).Elem(), p.Height)
	fill(reflect.ValueOf(&p.Columns).Elem(), p.Width)
	return p
}

// fill gives every map of a struct its length.
func fill(maps reflect.Value, length int) {
	for i := range maps.NumField() {
		if maps.Field(i).Kind() == reflect.Slice {
			maps.Field(i).SetBytes(make([]byte, length))
		}
	}
}

func TestSamplesAreValidated(t *testing.T) {
	for _, c := range []struct {
		name   string
		sample func() detectors.Sample
		want   string // "" for a good one
	}{
		{"good picture", func() detectors.Sample { return detectors.Sample{Picture: goodPicture()} }, ""},
		{"no size", func() detectors.Sample { p := goodPicture(); p.Width = 0; return detectors.Sample{Picture: p} }, "picture of 0x20"},
		{"short map", func() detectors.Sample {
			p := goodPicture()
			p.Cells.Cb = p.Cells.Cb[:3]
			return detectors.Sample{Picture: p}
		}, "3 entries in cells.Cb, want 4"},
		{"long profile", func() detectors.Sample {
			p := goodPicture()
			p.Rows.Mean = append(p.Rows.Mean, 0)
			return detectors.Sample{Picture: p}
		}, "21 entries in rows.Mean, want 20"},
		{"wrong grid", func() detectors.Sample { p := goodPicture(); p.Cells.Columns = 3; return detectors.Sample{Picture: p} }, "3x2 cells"},
		{"NaN", func() detectors.Sample { p := goodPicture(); p.Mean = math.NaN(); return detectors.Sample{Picture: p} }, "NaN"},
		{"NaN in a histogram", func() detectors.Sample {
			p := goodPicture()
			p.Histogram[7] = float32(math.Inf(1))
			return detectors.Sample{Picture: p}
		}, "+Inf"},
		{"huge cells", func() detectors.Sample {
			p := goodPicture()
			p.Cells.Size = math.MaxInt
			return detectors.Sample{Picture: p}
		}, "cells of"},
		{"sound without channels", func() detectors.Sample { return detectors.Sample{Sound: &detectors.Sound{}} }, "no channels"},
		{"pair of nothing", func() detectors.Sample {
			return detectors.Sample{Sound: &detectors.Sound{
				Channels: make([]detectors.Channel, 2), Pairs: []detectors.Pair{{A: 0, B: 2}},
			}}
		}, "channels 0 and 2 as a pair of 2"},
		{"loudness of silence", func() detectors.Sample {
			s := &detectors.Sound{Channels: make([]detectors.Channel, 2)}
			s.Loudness.Momentary = math.Inf(-1)
			return detectors.Sample{Sound: s}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reader sampleReader
			_, _, err := reader.read((&sampleMessage{Sample: c.sample()}).append(nil))
			if c.want == "" && err != nil {
				t.Errorf("refused: %v", err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\nb\x1b[31m\xff"); got != "a b [31m " {
		t.Errorf("got %q", got)
	}
	if got := oneLine(strings.Repeat("x", 2*maxText)); len(got) != maxText {
		t.Errorf("got %d bytes, want %d", len(got), maxText)
	}
}
