package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
)

func egressCommand() *cobra.Command {
	var file, key string
	cmd := &cobra.Command{
		Use:   "egress --verify FILE",
		Short: "Check what has left a machine",
		Long: "Checks what /api/v1/egress answered, saved to a file: that every message is of the schema, that no\n" +
			"record was changed or taken out, and with --key that the signatures are those of what was sent.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return errors.New("egress: name the file: vedette egress --verify FILE")
			}
			return verify(cmd.OutOrStdout(), file, key)
		},
	}
	cmd.Flags().StringVar(&file, "verify", "", "file with an answer of /api/v1/egress")
	cmd.Flags().StringVar(&key, "key", "", "credential or file with the secret of the signatures")
	return cmd
}

// verify checks a log of what was sent and says what it held, or what is wrong with it.
func verify(out io.Writer, file, key string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("egress: %w", err)
	}
	var log struct {
		Sent []forward.Sent `json:"sent"`
	}
	if err := json.Unmarshal(text, &log); err != nil || log.Sent == nil {
		return fmt.Errorf("egress: %s is no answer of /api/v1/egress", file)
	}
	secret := ""
	if key != "" {
		if secret, err = config.Secret(key); err != nil {
			return fmt.Errorf("egress: %w", err)
		}
	}
	schema, err := forward.LoadSchema()
	if err != nil {
		return err
	}
	before, messages, bytes, signed := "", 0, 0, 0
	for i, sent := range log.Sent {
		if err := schema.Verify(sent, before, secret); err != nil {
			return fmt.Errorf("egress: %w", &forward.BrokenError{Line: i + 1, Text: err.Error()})
		}
		before = sent.Chain
		messages += len(sent.Messages)
		bytes += len(sent.Body)
		if sent.Signature != "" && secret != "" {
			signed++
		}
	}
	_, err = fmt.Fprintf(out, "%d records, %d messages, %d bytes: all of the schema, none changed, %d signatures checked\n", len(log.Sent), messages, bytes, signed)
	return err
}
