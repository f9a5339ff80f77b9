package feed

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors"
)

func change(id string) detectors.Change {
	return detectors.Change{Phase: detectors.Opened, Incident: detectors.Incident{ID: id}}
}

// A disk that refuses costs nothing but time: order is kept, nothing is lost, and the log says it
// once.
func TestOutboxWaitsForTheDisk(t *testing.T) {
	var stored []string
	var log bytes.Buffer
	full := true
	o := outbox{
		publish: func(_ context.Context, c detectors.Change) error {
			if full {
				return errors.New("no space left on device")
			}
			stored = append(stored, c.Incident.ID)
			return nil
		},
		log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	for _, id := range []string{"a", "b", "c"} {
		o.send(t.Context(), change(id))
	}
	o.flush(t.Context())
	if len(stored) != 0 || strings.Count(log.String(), "no space left") != 1 {
		t.Fatalf("stored %v, log %q", stored, log.String())
	}
	full = false
	o.flush(t.Context())
	o.send(t.Context(), change("d"))
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(stored, want) {
		t.Errorf("stored %v, want %v", stored, want)
	}
	if !strings.Contains(log.String(), "stored again") {
		t.Errorf("the log does not say that it is over: %q", log.String())
	}
}

func TestOutboxIsBounded(t *testing.T) {
	o := outbox{
		publish: func(context.Context, detectors.Change) error { return errors.New("no") },
		log:     slog.New(slog.DiscardHandler),
	}
	for range outboxLimit + 5 {
		o.send(t.Context(), change("a"))
	}
	if len(o.waiting) != outboxLimit || o.lost != 5 {
		t.Errorf("%d wait, %d lost, want %d and 5", len(o.waiting), o.lost, outboxLimit)
	}
}
