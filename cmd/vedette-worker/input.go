package main

import (
	"context"
	"os"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/file"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// input makes a file what the worker takes one for.
type input struct{ *file.File }

func openFile(ctx context.Context, f *os.File, name string) (worker.File, error) {
	opened, err := file.OpenContext(ctx, f, name)
	if err != nil {
		return nil, err
	}
	return input{opened}, nil
}

// Contents implements worker.File.
func (i input) Contents() worker.Contents {
	container := i.Container()
	contents := worker.Contents{Container: container.Format, Duration: container.Duration}
	for n, t := range i.Tracks() {
		if t.Format.Media == 0 || t.Attached {
			continue
		}
		track := worker.Track{
			Index: n, Format: t.Format, Language: t.Language, Duration: t.Duration,
			FrameRate: t.FrameRate, PixelFormat: t.PixelFormat, BitRate: t.BitRate, Chosen: t.Chosen,
		}
		if track.Format.Codec == "" {
			track.Format.Codec = capture.Codec(t.Codec)
		}
		if len(t.Programmes) > 0 {
			track.Programme = t.Programmes[0]
		}
		contents.Tracks = append(contents.Tracks, track)
	}
	return contents
}

// Source implements worker.File.
func (i input) Source(play worker.Play) capture.Source {
	return i.File.Source(file.Options{Realtime: play.Realtime, Loop: play.Loop})
}
