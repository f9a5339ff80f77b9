package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/internal/config"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell the version of the programs and of the libraries that decode",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintf(cmd.OutOrStdout(), "vedette %s\n", version)
			program, err := workerProgram(config.Worker{})
			if err != nil {
				return err
			}
			process, err := program.Start(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "worker  %s\ndecoder %s\nsandbox %s\n", program.Path, process.Decoder, process.Sandbox)
			return process.Stop()
		},
	}
}
