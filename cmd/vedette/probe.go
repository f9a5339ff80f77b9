package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
)

// probeTrack is one track of an input, as `vedette probe --json` prints it.
type probeTrack struct {
	Index       int     `json:"index"`
	Media       string  `json:"media"`
	Codec       string  `json:"codec"`
	Path        string  `json:"decode_path"` // empty where it cannot be decoded
	Watched     bool    `json:"watched"`
	Language    string  `json:"language,omitempty"`
	Programme   int     `json:"programme,omitempty"`
	Width       int     `json:"width,omitempty"`
	Height      int     `json:"height,omitempty"`
	FrameRate   float64 `json:"frames_per_second,omitempty"`
	PixelFormat string  `json:"pixel_format,omitempty"`
	SampleRate  int     `json:"sample_rate_hz,omitempty"`
	Channels    int     `json:"channels,omitempty"`
	BitRate     int64   `json:"bits_per_second,omitempty"`
}

type probeResult struct {
	Input     string       `json:"input"`
	Container string       `json:"container"`
	Duration  float64      `json:"duration,omitempty"` // seconds
	BitRate   int64        `json:"bits_per_second,omitempty"`
	Tracks    []probeTrack `json:"tracks"`
}

func probeCommand() *cobra.Command {
	var asJSON bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "probe INPUT",
		Short: "Tell what an input carries and how it would be decoded",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := probe(cmd.Context(), args[0], wait)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
			}
			printProbe(cmd.OutOrStdout(), result)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().DurationVar(&wait, "wait", 10*time.Second, "how long a live source may take to come")
	return cmd
}

func probe(ctx context.Context, input string, wait time.Duration) (probeResult, error) {
	c, err := config.Load("", nil, catalogue.All)
	if err != nil {
		return probeResult{}, err
	}
	program, err := workerProgram(c.Worker)
	if err != nil {
		return probeResult{}, err
	}
	if strings.Contains(input, "://") {
		return probeLive(ctx, c, program, input, wait)
	}
	result := probeResult{Input: input, Tracks: []probeTrack{}}
	_, err = feed.Clip{
		Program: program, Play: worker.Play{Probe: true},
		Contents: func(contents worker.Contents) { result.fill(contents) },
	}.Check(ctx, input)
	return result, err
}

func (r *probeResult) fill(contents worker.Contents) {
	r.Container, r.BitRate, r.Duration = contents.Container, contents.BitRate, seconds(contents.Duration)
	for _, t := range contents.Tracks {
		r.Tracks = append(r.Tracks, probeTrack{
			Index: t.Index, Media: t.Format.Media.String(), Codec: string(t.Format.Codec), Path: t.Path,
			Watched: t.Chosen, Language: t.Language, Programme: t.Programme,
			Width: t.Format.Width, Height: t.Format.Height, FrameRate: math.Round(t.FrameRate*1000) / 1000,
			PixelFormat: t.PixelFormat, SampleRate: t.Format.SampleRate, Channels: t.Format.Channels, BitRate: t.BitRate,
		})
	}
}

func printProbe(out io.Writer, r probeResult) {
	fmt.Fprintf(out, "%s: %s", r.Input, r.Container)
	if r.Duration > 0 {
		fmt.Fprintf(out, ", %s", clock(time.Duration(r.Duration*float64(time.Second))))
	}
	if r.BitRate > 0 {
		fmt.Fprintf(out, ", %d kb/s", r.BitRate/1000)
	}
	fmt.Fprintln(out)
	for _, t := range r.Tracks {
		fmt.Fprintf(out, "  %d  %s\n", t.Index, t.describe())
	}
}

// describe is a track in one line: "video  h264 1920x1080 25 fps yuv420p  decoded by h264 (software)".
func (t probeTrack) describe() string {
	words := []string{t.Media, t.Codec}
	if t.Media == capture.Video.String() {
		words = append(words, fmt.Sprintf("%dx%d", t.Width, t.Height))
		if t.FrameRate > 0 {
			words = append(words, fmt.Sprintf("%g fps", t.FrameRate))
		}
		words = append(words, t.PixelFormat)
	} else {
		words = append(words, fmt.Sprintf("%d Hz", t.SampleRate), fmt.Sprintf("%d ch", t.Channels))
	}
	if t.Language != "" {
		words = append(words, t.Language)
	}
	if t.Programme != 0 {
		words = append(words, fmt.Sprintf("programme %d", t.Programme))
	}
	switch {
	case t.Path == "":
		words = append(words, "- cannot be decoded here")
	case t.Watched:
		words = append(words, "- watched, decoded by", t.Path)
	default:
		words = append(words, "- not watched, could be decoded by", t.Path)
	}
	return strings.Join(words, " ")
}
