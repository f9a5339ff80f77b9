package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
	"github.com/vedette-av/vedette/internal/status"
)

// probeLive watches a live source until all of its tracks have been measured, or until it has had
// its time.
func probeLive(ctx context.Context, c *config.Config, program worker.Program, input string, patience time.Duration) (probeResult, error) {
	result := probeResult{Input: status.Redact(input), Container: "live", Tracks: []probeTrack{}}
	plan, err := c.Live("probe", input)
	if err != nil {
		return result, err
	}
	armed, err := plan.Arm(catalogue.All)
	if err != nil {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last status.Feed
	_, err = feed.Live{
		Program: program, Config: plan, Armed: armed, Log: slog.New(slog.DiscardHandler),
		Sources: &feed.Sources{Log: slog.New(slog.DiscardHandler), Secret: config.Secret, Certificate: c.TLS.Load},
		Seen: func(s status.Feed) {
			if last = s; known(s) {
				cancel()
			}
		},
	}.Watch(ctx)
	if err != nil {
		return result, err
	}
	if len(last.Tracks) == 0 {
		return result, fmt.Errorf("%s: nothing came within %s: %s", result.Input, patience, last.Reason)
	}
	for n, t := range last.Tracks {
		result.Tracks = append(result.Tracks, probeTrack{
			Index: n, Media: t.Media, Codec: t.Codec, Path: t.Path, Watched: true,
			Width: t.Width, Height: t.Height, FrameRate: t.FrameRate,
			SampleRate: t.SampleRate, Channels: t.Channels,
		})
	}
	return result, nil
}

// known tells whether every track has come and been decoded: both kinds, or one after two seconds
// without the other.
func known(s status.Feed) bool {
	for _, t := range s.Tracks {
		if t.Path == "" {
			return false
		}
	}
	return len(s.Tracks) == 2 || len(s.Tracks) == 1 && time.Since(s.Since) > 2*time.Second
}
