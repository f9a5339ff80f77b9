package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// told is one change with the moment at which somebody outside heard of it.
type told struct {
	detectors.Change
	when time.Time
}

// listener hears what the daemon tells.
type listener struct {
	mu      sync.Mutex
	changes []told
}

// listen follows the daemon's events, printing each, until the daemon ends.
func (d *scratchDaemon) listen(ctx context.Context, out io.Writer) (*listener, error) {
	response, err := d.get(ctx, "/api/v1/events")
	if err != nil {
		return nil, fmt.Errorf("listen to the daemon: %w", err)
	}
	began, l := time.Now(), &listener{}
	d.listening.Go(func() {
		defer response.Body.Close()
		scanner := bufio.NewScanner(response.Body)
		for scanner.Scan() {
			data, ok := strings.CutPrefix(scanner.Text(), "data: ")
			if !ok {
				continue
			}
			t := told{when: time.Now()}
			if err := json.Unmarshal([]byte(data), &t.Change); err != nil || t.Incident.ID == "" {
				continue
			}
			l.hear(t)
			fmt.Fprintf(out, "%7.2f s %-7s %-10s %s\n", t.when.Sub(began).Seconds(), t.Phase, t.Incident.Kind, t.Incident.Detail)
		}
	})
	return l, nil
}

func (l *listener) hear(t told) {
	l.mu.Lock()
	l.changes = append(l.changes, t)
	l.mu.Unlock()
}

func (l *listener) all() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}

// quiet tells whether nothing is open but the loss of the signal.
func (l *listener) quiet() bool {
	open := map[string]bool{}
	for _, t := range l.all() {
		if t.Incident.Kind != "no-signal" {
			open[t.Incident.ID] = t.Phase != detectors.Closed
		}
	}
	for _, still := range open {
		if still {
			return false
		}
	}
	return true
}
