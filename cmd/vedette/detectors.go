package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors/catalogue"
)

func detectorsCommand() *cobra.Command {
	var asJSON, asMarkdown bool
	cmd := &cobra.Command{
		Use:   "detectors",
		Short: "List every detector, its defaults and the standard it follows",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case asMarkdown:
				return catalogue.Markdown(cmd.OutOrStdout())
			case asJSON:
				return catalogue.JSON(cmd.OutOrStdout())
			}
			return listDetectors(cmd)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asMarkdown, "markdown", false, "print docs/detectors.md")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown")
	return cmd
}

func listDetectors(cmd *cobra.Command) error {
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tSEVERITY\tTOLD AFTER\tCLOSED AFTER\tWHAT")
	for _, k := range catalogue.All {
		what, _, _ := strings.Cut(k.Doc, ". ")
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", k.Name, k.Severity, dwell(k.Hold.For), dwell(k.Hold.Keep), what)
	}
	return table.Flush()
}

func dwell(d time.Duration) string {
	if d == 0 {
		return "at once"
	}
	return d.String()
}
