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
	"time"

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
	clips, work, markdown string
	only                  []string
	half                  string
	jobs, live            int
	list, verbose         bool
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
	f.StringVar(&o.markdown, "markdown", "", "document whose results are rewritten, between its markers")
	f.StringSliceVar(&o.only, "only", nil, "cases of these kinds only; clean and real count as kinds")
	f.StringVar(&o.half, "half", string(eval.Held), "half of the clips: held or tuned")
	f.IntVar(&o.jobs, "jobs", 2, "files side by side")
	f.IntVar(&o.live, "live", 12, "live cases side by side")
	f.BoolVar(&o.list, "list", false, "list the cases and stop")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "tell what was missed and invented in each case")
	return cmd
}

func (o options) run(ctx context.Context, stdout, stderr io.Writer) error {
	switch {
	case o.half != string(eval.Held) && o.half != string(eval.Tuned):
		return fmt.Errorf("--half %s: want held or tuned", o.half)
	case o.markdown != "" && len(o.only) > 0:
		return errors.New("--markdown with --only would leave the rest out of the document: leave out one of them")
	}
	corpus := eval.OpenCorpus(o.clips)
	cases := o.choose(corpus)
	if len(cases) == 0 {
		return errors.New("there are no such cases: see --list")
	}
	if o.list {
		for _, c := range cases {
			fmt.Fprintln(stdout, c.Source.Half, c.Name())
		}
		return nil
	}
	program, err := findWorker(ctx)
	if err != nil {
		return err
	}
	shop, err := eval.NewShop(o.work)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%d cases made of %s\n", len(cases), corpus)
	bench := &eval.Bench{Shop: shop, Corpus: corpus, Program: program, Kinds: catalogue.All, Jobs: o.jobs, Live: o.live}
	began := time.Now()
	done := 0
	results := bench.Run(ctx, cases, func(r eval.Result) {
		done++
		if o.verbose {
			tell(stdout, r)
		}
		if r.Err != nil {
			fmt.Fprintf(stderr, "failed: %v\n", r.Err)
		}
		if done%50 == 0 {
			fmt.Fprintf(stderr, "%d of %d cases after %s\n", done, len(cases), time.Since(began).Round(time.Second))
		}
	})
	interrupted := ctx.Err() != nil
	if interrupted { // what is done is shown all the same, but not published
		o.markdown = ""
		results = slices.DeleteFunc(results, func(r eval.Result) bool { return errors.Is(r.Err, context.Canceled) })
	}
	report := eval.Summarize(results, catalogue.All, corpus, eval.Half(o.half))
	if err := o.write(ctx, stdout, report, time.Since(began)); err != nil {
		return err
	}
	if interrupted {
		return fmt.Errorf("interrupted after %d of %d cases", len(results), len(cases))
	}
	if len(report.Failed) > 0 {
		return fmt.Errorf("%d cases could not be run", len(report.Failed))
	}
	return nil
}

// choose lists the cases to run.
func (o options) choose(corpus eval.Corpus) []eval.Case {
	all := slices.Concat(eval.Cases(eval.Recipes, corpus), eval.CleanCases(corpus), eval.RealCases(corpus))
	return slices.DeleteFunc(all, func(c eval.Case) bool {
		asked := len(o.only) == 0 || slices.Contains(o.only, c.Kind)
		half := string(c.Source.Half) == o.half || c.Kind == eval.RealKind || c.Step == eval.AsItIs
		return !asked || !half
	})
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
