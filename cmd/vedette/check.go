package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
	"github.com/vedette-av/vedette/internal/status"
)

// check is one run of the command.
type check struct {
	asJSON   bool
	realtime bool
	dwell    time.Duration
	set      []string

	config   *config.Config
	program  worker.Program
	out      reporter
	progress *progress
}

func checkCommand() *cobra.Command {
	c := &check{}
	cmd := &cobra.Command{
		Use:   "check INPUT...",
		Short: "Look at files or live URLs once and tell what is wrong with them",
		Long: "Look at files or live URLs once and tell what is wrong with them. A URL is watched until it ends\n" +
			"or you interrupt. The exit status is 0 if nothing was found, 1 if incidents were, 2 if an input\n" +
			"could not be looked at.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, inputs []string) error {
			return c.run(cmd.Context(), inputs, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print JSON Lines")
	cmd.Flags().BoolVar(&c.realtime, "realtime", false, "read files at the pace of their own time")
	cmd.Flags().DurationVar(&c.dwell, "for", 0, "how long any fault must last to be told, for short clips")
	cmd.Flags().StringArrayVar(&c.set, "set", nil, "one setting by its path: detectors.freeze.for=1s")
	return cmd
}

func (c *check) run(ctx context.Context, inputs []string, stdout, stderr io.Writer) error {
	var err error
	if c.config, err = config.Load("", c.set, catalogue.All); err != nil {
		return err
	}
	if c.program, err = workerProgram(c.config.Worker); err != nil {
		return err
	}
	c.progress = newProgress(stderr)
	if c.asJSON {
		c.out = &jsonReporter{out: stdout}
	} else {
		c.out = &textReporter{out: stdout}
	}
	found := 0
	var failed []error
	for _, input := range inputs {
		summary, err := c.look(ctx, input)
		found += summary.Incidents
		if err != nil {
			failed = append(failed, err)
		}
	}
	switch {
	case len(failed) > 0:
		return errors.Join(failed...)
	case found > 0:
		return errFound
	}
	return nil
}

// look looks at one input, a file or a URL.
func (c *check) look(ctx context.Context, input string) (feed.Summary, error) {
	plan, live := c.config.Feed("check", input), strings.Contains(input, "://")
	if live {
		var err error
		if plan, err = c.config.Live("check", input); err != nil {
			return feed.Summary{}, err
		}
	}
	if c.dwell > 0 {
		plan.Dwell(c.dwell)
	}
	armed, err := plan.Arm(catalogue.All)
	if err != nil {
		return feed.Summary{}, err
	}
	tell := func(i detectors.Incident) {
		c.progress.clear()
		c.out.incident(input, i)
	}
	began := time.Now()
	var summary feed.Summary
	if live {
		summary, err = c.watch(ctx, plan, armed, tell)
	} else {
		summary, err = feed.Clip{
			Program: c.program, Armed: armed, Play: worker.Play{Realtime: c.realtime},
			Contents: func(contents worker.Contents) { c.progress.begin(input, contents.Duration) },
			Seen:     c.progress.seen,
			Incident: tell,
		}.Check(ctx, input)
	}
	c.progress.clear()
	if err == nil || summary.Duration > 0 { // what was seen before an error is told all the same
		c.out.summary(input, summary, time.Since(began))
	}
	return summary, err
}

// watch looks at a live source until it ends.
func (c *check) watch(ctx context.Context, plan config.Feed, armed []detectors.Armed, tell func(detectors.Incident)) (feed.Summary, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return feed.Live{
		Program: c.program, Config: plan, Armed: armed, Log: log, Incident: tell,
		Sources: &feed.Sources{Log: log, Secret: config.Secret, Certificate: c.config.TLS.Load},
		Seen: func(s status.Feed) {
			c.progress.say(fmt.Sprintf("%s: %s %s", s.Source, s.State, s.Reason))
		},
	}.Watch(ctx)
}
