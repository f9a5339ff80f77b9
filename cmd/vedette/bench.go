package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
)

// benchResult is the cost of one input, as `vedette bench --json` prints it, one object a line.
// Times are user and system CPU seconds, the median of the rounds, with one decoder thread.
type benchResult struct {
	Name     string  `json:"name"`
	Pictures uint64  `json:"pictures"`
	Duration float64 `json:"duration_seconds"`
	Decode   float64 `json:"decode_cpu_seconds"`    // decoding alone
	Whole    float64 `json:"whole_cpu_seconds"`     // decoding, measuring, passing on, judging
	Judge    float64 `json:"judge_cpu_seconds"`     // of that, outside the worker
	FFmpeg   float64 `json:"filters_cpu_seconds"`   // ffmpeg with filters for the same; 0 if not run
	Ratio    float64 `json:"whole_per_decode"`      // whole / decode
	Saving   float64 `json:"filters_per_measure"`   // ffmpeg's filters / our measuring and judging
	Cores    float64 `json:"cores_per_feed"`        // whole / duration: cores that one live feed takes
	Memory   int64   `json:"worker_memory_bytes"`   // most that the worker had resident
	Feeds    float64 `json:"feeds_on_this_machine"` // cores of this machine / cores per feed
}

func benchCommand() *cobra.Command {
	var asJSON, filters bool
	var rounds, feeds int
	var live time.Duration
	cmd := &cobra.Command{
		Use:   "bench [INPUT...]",
		Short: "Measure what decoding and measuring cost on this machine",
		Long: "Measure what decoding and measuring cost on this machine, for the files given or else for clips\n" +
			"of four usual kinds that are made on the spot with ffmpeg.",
		RunE: func(cmd *cobra.Command, inputs []string) error {
			return bench(cmd.Context(), cmd.OutOrStdout(), inputs, benchOptions{asJSON, filters, rounds, feeds, live})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON Lines")
	cmd.Flags().BoolVar(&filters, "filters", false, "also run ffmpeg's own detection filters, for comparison (slow)")
	cmd.Flags().IntVar(&rounds, "rounds", 3, "measure each so many times, in turn, and take the median")
	cmd.Flags().IntVar(&feeds, "feeds", 2, "with --live: how many feeds; 0 finds how many this machine carries")
	cmd.Flags().DurationVar(&live, "live", 0, "watch the first clip as live feeds for so long, and tell cores and memory")
	return cmd
}

type benchOptions struct {
	asJSON, filters bool
	rounds, feeds   int
	live            time.Duration
}

func bench(ctx context.Context, out io.Writer, inputs []string, o benchOptions) error {
	if o.rounds < 1 {
		return errors.New("--rounds must be at least 1")
	}
	c, err := config.Load("", nil, catalogue.All)
	if err != nil {
		return err
	}
	program, err := workerProgram(c.Worker)
	if err != nil {
		return err
	}
	clips := make([]benchClip, 0, len(inputs))
	for _, input := range inputs {
		clips = append(clips, benchClip{name: input, path: input})
	}
	if len(clips) == 0 {
		scratch, err := os.MkdirTemp("", "vedette-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(scratch)
		kinds := benchKinds
		if o.live > 0 {
			kinds = kinds[:1]
		}
		if clips, err = makeBenchClips(ctx, scratch, kinds); err != nil {
			return err
		}
	}
	if o.live > 0 {
		return live(ctx, out, clips[0].path, o)
	}
	var results []benchResult
	for _, clip := range clips {
		result, err := clip.measure(ctx, c, program, o)
		if err != nil {
			return err
		}
		if o.asJSON {
			if err := json.NewEncoder(out).Encode(result); err != nil {
				return err
			}
		}
		results = append(results, result)
	}
	if !o.asJSON {
		printBench(out, results)
	}
	return nil
}

// live is the bench of a whole daemon.
func live(ctx context.Context, out io.Writer, clip string, o benchOptions) error {
	if o.feeds == 0 {
		most, err := mostFeeds(ctx, out, clip)
		if err == nil {
			fmt.Fprintf(out, "this machine carries %d such feeds in real time\n", most)
		}
		return err
	}
	result, err := benchLive(ctx, clip, o.feeds, o.live)
	if err != nil {
		return err
	}
	if o.asJSON {
		return json.NewEncoder(out).Encode(result)
	}
	printLive(out, result)
	return nil
}

// measure runs one clip through each way in turn, so that a machine whose speed drifts treats all
// of them alike.
func (b benchClip) measure(ctx context.Context, c *config.Config, program worker.Program, o benchOptions) (benchResult, error) {
	var decode, whole, judge, filters []time.Duration
	result := benchResult{Name: b.name}
	for range o.rounds {
		bare, err := b.look(ctx, c, program, true)
		if err != nil {
			return result, err
		}
		full, err := b.look(ctx, c, program, false)
		if err != nil {
			return result, err
		}
		decode, judge = append(decode, bare.worker), append(judge, full.daemon)
		whole = append(whole, full.worker+full.daemon)
		result.Pictures, result.Duration = full.summary.Pictures, full.summary.Duration.Seconds()
		result.Memory = max(result.Memory, full.summary.PeakMemory)
		if o.filters {
			cost, err := runFilters(ctx, b.path)
			if err != nil {
				return result, err
			}
			filters = append(filters, cost)
		}
	}
	result.Decode, result.Whole, result.Judge = median(decode), median(whole), median(judge)
	result.FFmpeg = median(filters)
	result.Ratio = result.Whole / result.Decode
	result.Cores = result.Whole / result.Duration
	result.Feeds = float64(cores()) / result.Cores
	if own := result.Whole - result.Decode; o.filters && own > 0 {
		result.Saving = (result.FFmpeg - result.Decode) / own
	}
	return result, nil
}

// cost is one run over a clip.
type cost struct {
	summary        feed.Summary
	worker, daemon time.Duration // CPU
}

func (b benchClip) look(ctx context.Context, c *config.Config, program worker.Program, bare bool) (cost, error) {
	armed, err := c.Feed("bench", b.path).Arm(catalogue.All)
	if err != nil {
		return cost{}, err
	}
	before := ownCPU()
	summary, err := feed.Clip{Program: program, Armed: armed, Play: worker.Play{Bare: bare}}.Check(ctx, b.path)
	if err != nil {
		return cost{}, err
	}
	if bare {
		summary.Pictures = summary.Report.Pictures
	}
	return cost{summary, summary.CPU, ownCPU() - before}, nil
}

// ownCPU is the processor time of this process, its children not counted.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // cannot fail with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func median(of []time.Duration) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[len(of)/2].Seconds()
}

// filterChain is what somebody would run who had only ffmpeg: one filter for each thing that the
// meter measures.
const filterChain = "blackdetect,freezedetect,blockdetect,blurdetect,signalstats=stat=tout+vrep+brng,idet,cropdetect,siti"

// runFilters returns the CPU time of ffmpeg over the same pictures with one thread.
func runFilters(ctx context.Context, path string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin",
		"-threads", "1", "-filter_threads", "1", "-i", path, "-map", "0:v:0", "-vf", filterChain, "-f", "null", "-")
	if said, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("run ffmpeg's filters over %s: %w: %s", path, err, said)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func printBench(out io.Writer, results []benchResult) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "clip\tpictures\tdecode, s\twhole, s\twhole/decode\tcores/feed\tfeeds here\tworker, MB\tffmpeg filters, s\tfilters/ours\t")
	for _, r := range results {
		filters, saving := "-", "-"
		if r.FFmpeg > 0 {
			filters, saving = fmt.Sprintf("%.2f", r.FFmpeg), fmt.Sprintf("%.1f", r.Saving)
		}
		fmt.Fprintf(table, "%s\t%d\t%.2f\t%.2f\t%.2f\t%.3f\t%.1f\t%d\t%s\t%s\t\n", r.Name, r.Pictures, r.Decode, r.Whole,
			r.Ratio, r.Cores, r.Feeds, r.Memory>>20, filters, saving)
	}
	_ = table.Flush()
}
