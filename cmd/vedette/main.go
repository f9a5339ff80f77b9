// The command vedette watches live video feeds and tells what is wrong with them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
)

// version is set by the build.
var version = "dev"

// The exit status, fixed so that scripts can rely on it.
const (
	exitFound   = 1 // incidents were found
	exitNotSeen = 2 // it could not look: bad input, bad usage
)

// errFound ends a command that looked and found something.
var errFound = errors.New("incidents were found")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := program().ExecuteContext(ctx)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errFound):
		os.Exit(exitFound)
	default:
		fmt.Fprintf(os.Stderr, "vedette: %v\n", err)
		os.Exit(exitNotSeen)
	}
}

func program() *cobra.Command {
	root := &cobra.Command{
		Use:           "vedette",
		Short:         "Watch live video feeds and tell what is wrong with them",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(runCommand(), checkCommand(), probeCommand(), detectorsCommand(), benchCommand(),
		demoCommand(), slateCommand(), egressCommand(), versionCommand())
	return root
}

// workerProgram is the worker that belongs to this program.
func workerProgram(c config.Worker) (worker.Program, error) {
	path, err := worker.Find(c.Path)
	if err != nil {
		return worker.Program{}, err
	}
	return worker.Program{Path: path, Version: version, MemoryLimit: int64(c.MemoryLimit)}, nil
}
