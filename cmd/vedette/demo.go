package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"
)

// demoDwell is the dwell of the detectors in the demo.
const demoDwell = 2 * time.Second

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Publish a feed with known defects to a daemon on this machine and compare what it tells",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := exec.LookPath("ffmpeg"); err != nil {
				return errors.New("the demo publishes with ffmpeg, which is not installed: apt-get install ffmpeg")
			}
			return demo(cmd.Context(), cmd.OutOrStdout())
		},
	}
}

// demo is the whole product on one machine: an encoder, a daemon, and somebody who listens.
func demo(ctx context.Context, out io.Writer) error {
	scratch, err := os.MkdirTemp("", "vedette-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	fmt.Fprintf(out, "Rendering %d acts with their defects...\n", len(demoActs))
	for i := range demoActs {
		if err := demoActs[i].render(ctx, scratch); err != nil {
			return err
		}
	}
	daemon, err := startScratchDaemon(ctx, scratch, demoDetectors(), demoFeed)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The daemon was ready after %d ms; its page is http://%s/\n", daemon.startup.Milliseconds(), daemon.api)
	fmt.Fprintf(out, "ffmpeg publishes to %s\n\n", daemon.url(demoFeed))
	heard, err := daemon.listen(ctx, out)
	if err != nil {
		return errors.Join(err, daemon.stop())
	}
	injected, err := publishActs(ctx, out, daemon.url(demoFeed))
	err = errors.Join(err, awaitQuiet(ctx, heard), daemon.stop())
	if err != nil {
		return err
	}
	return report(out, injected, heard.all())
}

const demoFeed = "programme"

// demoDetectors shortens the dwells, so that the demo is over in a minute.
func demoDetectors() string {
	section := "detectors:\n"
	for _, kind := range []string{"black", "freeze", "silence", "no-signal"} {
		section += fmt.Sprintf("  %s: { for: %s, keep: 1s }\n", kind, demoDwell)
	}
	return section
}

// publishActs plays every act and returns what was injected, each with the moments that count.
func publishActs(ctx context.Context, out io.Writer, url string) ([]injection, error) {
	var injected []injection
	for i, act := range demoActs {
		if i > 0 {
			fmt.Fprintf(out, "          the encoder is gone for %s\n", demoBreak)
			if err := wait(ctx, demoBreak); err != nil {
				return nil, err
			}
		}
		log, err := publish(ctx, act.file, url)
		if err != nil {
			return nil, err
		}
		for _, d := range act.defects {
			injected = append(injected, log.place(d))
		}
		if i < len(demoActs)-1 {
			injected = append(injected, log.lost())
		}
	}
	return injected, nil
}

// awaitQuiet waits until every incident that was opened is closed: the last one is told a while
// after the encoder has ended. The loss of the signal at the end of the demo is not waited for.
func awaitQuiet(ctx context.Context, heard *listener) error {
	for range 50 {
		if heard.quiet() {
			return nil
		}
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
