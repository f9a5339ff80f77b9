// The command vedette-eval measures how right the detectors are. It is a tool of development and is
// not installed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/eval"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "vedette-eval: %v\n", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	clips, work string
	only        []string
	half        string
	jobs        int
	list        bool
	verbose     bool
}

func command() *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:           "vedette-eval",
		Short:         "Measure how right the detectors are, on media with known defects",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.clips, "clips", filepath.Join("..", "shared", "media", "clips"), "folder of the real clips; where they are not there, generated ones are used")
	f.StringVar(&o.work, "work", filepath.Join(".build", "eval"), "folder where media are made, and kept for the next run")
	f.StringSliceVar(&o.only, "only", nil, "recipes of these kinds only")
	f.StringVar(&o.half, "half", string(eval.Held), "half of the clips: held, tuned or both")
	f.IntVar(&o.jobs, "jobs", 2, "cases side by side")
	f.BoolVar(&o.list, "list", false, "list the cases and stop")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "tell what was missed and invented in each case")
	return cmd
}

func (o options) run(ctx context.Context, stdout, stderr io.Writer) error {
	if !slices.Contains([]string{"held", "tuned", "both"}, o.half) {
		return fmt.Errorf("--half %s: want held, tuned or both", o.half)
	}
	corpus := eval.OpenCorpus(o.clips)
	var cases []eval.Case
	for _, c := range eval.Cases(eval.Recipes, corpus) {
		if (o.half == "both" || o.half == string(c.Source.Half)) && (len(o.only) == 0 || slices.Contains(o.only, c.Kind)) {
			cases = append(cases, c)
		}
	}
	if o.list {
		for _, c := range cases {
			fmt.Fprintln(stdout, c.Source.Half, c.Name())
		}
		return nil
	}
	if len(cases) == 0 {
		return errors.New("there are no such cases: see --list")
	}
	program, err := findWorker(ctx)
	if err != nil {
		return err
	}
	shop, err := eval.NewShop(o.work)
	if err != nil {
		return err
	}
	bench := &eval.Bench{Shop: shop, Corpus: corpus, Program: program, Kinds: catalogue.All, Jobs: o.jobs}
	var failed []error
	bench.Run(ctx, cases, func(r eval.Result) {
		if r.Err != nil {
			failed = append(failed, r.Err)
			return
		}
		fmt.Fprintln(stdout, r.Case.Name())
		for _, i := range r.Outcome.Incidents {
			fmt.Fprintf(stdout, "    %s %v to %v: %s\n", i.Kind, i.At, i.Until, i.Detail)
		}
	})
	_ = stderr
	return errors.Join(failed...)
}

// findWorker takes the worker beside this program, or the installed one, whatever its version.
func findWorker(ctx context.Context) (worker.Program, error) {
	path, err := worker.Find("")
	if err != nil {
		return worker.Program{}, err
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return worker.Program{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return worker.Program{Path: path, Version: strings.TrimSpace(string(version))}, nil
}
