package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/detectors/picture"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
)

func slateCommand() *cobra.Command {
	var name string
	var at time.Duration
	cmd := &cobra.Command{
		Use:   "slate FILE",
		Short: "Take the fingerprint of a picture, for the detector of slates",
		Long: "Take the fingerprint of a picture in a recording, best one of the feed itself, and print it. To be told when the\n" +
			"picture is on a feed, put what is printed into the configuration:\n\n" +
			"    detectors:\n      slate: {enabled: true, pictures: NAME=CODE}\n\n" +
			"Several fingerprints stand there apart by blanks. Of an image, make a recording first:\n" +
			"ffmpeg -loop 1 -i slate.png -t 1 -pix_fmt yuv420p slate.mp4",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if name == "" {
				base := filepath.Base(args[0])
				name = strings.NewReplacer(" ", "-", "=", "-", ",", "-").Replace(strings.TrimSuffix(base, filepath.Ext(base)))
			}
			f, err := fingerprint(cmd.Context(), args[0], name, at)
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), f.String())
			}
			return err
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what incidents call it (default: the name of the file)")
	cmd.Flags().DurationVar(&at, "at", 0, "which picture of a recording")
	return cmd
}

// errTaken ends the reading of a file early.
var errTaken = errors.New("the picture has been seen")

// fingerprint takes that of the first picture of a file that is not before a time.
func fingerprint(ctx context.Context, path, name string, at time.Duration) (picture.Fingerprint, error) {
	c, err := config.Load("", nil, catalogue.All)
	if err != nil {
		return picture.Fingerprint{}, err
	}
	program, err := workerProgram(c.Worker)
	if err != nil {
		return picture.Fingerprint{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	taker := &taker{name: name, at: at, done: func() { stop(errTaken) }}
	kind := detectors.Kind{Name: "taker", Reads: detectors.Pictures}
	_, err = feed.Clip{
		Program: program, Armed: []detectors.Armed{{Kind: kind, Detector: taker}},
	}.Check(ctx, path)
	switch {
	case taker.taken && taker.err != nil:
		return taker.print, fmt.Errorf("take the fingerprint of %s: %w", path, taker.err)
	case taker.taken:
		return taker.print, nil
	case err != nil:
		return taker.print, err
	}
	return taker.print, fmt.Errorf("%s has no picture at %s or later: see `vedette probe %s`", path, at, path)
}

// taker takes one fingerprint, as a detector that sees the pictures.
type taker struct {
	name  string
	at    time.Duration
	done  func()
	taken bool
	print picture.Fingerprint
	err   error
}

func (t *taker) Judge(s detectors.Sample) detectors.Verdict {
	if s.Picture == nil || t.taken || s.At < t.at {
		return detectors.Verdict{}
	}
	t.taken = true
	t.print, t.err = picture.TakeFingerprint(t.name, s.Picture)
	t.done()
	return detectors.Verdict{}
}
