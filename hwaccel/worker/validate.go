package worker

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// Bounds on what a worker may claim. The largest picture is 8K with some room.
const (
	maxSide     = 16384
	maxCells    = 8704
	maxChannels = 64
	maxText     = 512 // bytes of a line meant for an operator
)

// validate refuses a sample that no honest worker sends, so that detectors may index and divide
// without looking.
func validate(s detectors.Sample) error {
	if s.Picture != nil {
		return validatePicture(s.Picture)
	}
	n := len(s.Sound.Channels)
	if n == 0 {
		return errors.New("sound of no channels")
	}
	for _, p := range s.Sound.Pairs {
		if p.A < 0 || p.B < 0 || p.A >= n || p.B >= n {
			return fmt.Errorf("channels %d and %d as a pair of %d", p.A, p.B, n)
		}
	}
	return nil
}

func validatePicture(p *detectors.Picture) error {
	if p.Width < 1 || p.Height < 1 || p.Width > maxSide || p.Height > maxSide {
		return fmt.Errorf("picture of %dx%d", p.Width, p.Height)
	}
	c := &p.Cells
	if c.Size < 1 || c.Size > maxSide || c.Columns != (p.Width+c.Size-1)/c.Size || c.Rows != (p.Height+c.Size-1)/c.Size {
		return fmt.Errorf("%dx%d cells of %d in a picture of %dx%d", c.Columns, c.Rows, c.Size, p.Width, p.Height)
	}
	if c.Columns*c.Rows > maxCells {
		return fmt.Errorf("%d cells", c.Columns*c.Rows)
	}
	return errors.Join(
		mapsFit("cells", reflect.ValueOf(p.Cells), c.Columns*c.Rows),
		mapsFit("rows", reflect.ValueOf(p.Rows), p.Height),
		mapsFit("columns", reflect.ValueOf(p.Columns), p.Width),
	)
}

// mapsFit checks that every slice of maps has one entry for each cell, row or column, or is left
// out: columns have no change.
func mapsFit(name string, maps reflect.Value, want int) error {
	for i := range maps.NumField() {
		field := maps.Field(i)
		if field.Kind() == reflect.Slice && field.Len() != want && (name == "cells" || field.Len() != 0) {
			return fmt.Errorf("%d entries in %s.%s, want %d", field.Len(), name, maps.Type().Field(i).Name, want)
		}
	}
	return nil
}

// maxTracks is more than any programme has.
const maxTracks = 512

// clean makes the texts of a report fit for an operator's eyes.
func (r *Report) clean() {
	r.LastError, r.Unmeasured = oneLine(r.LastError), oneLine(r.Unmeasured)
	r.Paths = r.Paths[:min(len(r.Paths), 2)]
	for i := range r.Paths {
		r.Paths[i] = oneLine(r.Paths[i])
	}
}

// clean does the same for what a file holds.
func (c *Contents) clean() {
	c.Container = oneLine(c.Container)
	c.Tracks = c.Tracks[:min(len(c.Tracks), maxTracks)]
	for i := range c.Tracks {
		t := &c.Tracks[i]
		t.Language, t.PixelFormat, t.Path = oneLine(t.Language), oneLine(t.PixelFormat), oneLine(t.Path)
		t.Format.Codec = capture.Codec(oneLine(string(t.Format.Codec)))
	}
}

// oneLine makes text from a worker fit for a log line or an incident.
func oneLine(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	clean := []rune(text)
	for i, r := range clean {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			clean[i] = ' '
		}
	}
	return string(clean)
}
