package status

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Watchdog knows every loop of the daemon that must go on turning, and which of them has not. It
// is safe for concurrent use.
type Watchdog struct {
	mu    sync.Mutex
	loops map[*Loop]struct{}
}

// NewWatchdog returns a Watchdog that watches nothing yet, and so is content.
func NewWatchdog() *Watchdog {
	return &Watchdog{loops: map[*Loop]struct{}{}}
}

// Loop is one goroutine that must turn within a limit.
type Loop struct {
	watchdog *Watchdog
	name     string
	limit    time.Duration
	beat     atomic.Pointer[time.Time]
}

// Watch adds a loop, for example "feed main-programme", that must call Beat at least once in every
// limit from now on, until it calls Done.
func (w *Watchdog) Watch(name string, limit time.Duration, now time.Time) *Loop {
	loop := &Loop{watchdog: w, name: name, limit: limit}
	loop.Beat(now)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loops[loop] = struct{}{}
	return loop
}

// Beat says that the loop has turned. It takes no lock: it is called at every turn.
func (l *Loop) Beat(now time.Time) { l.beat.Store(&now) }

// Done ends the watch.
func (l *Loop) Done() {
	l.watchdog.mu.Lock()
	defer l.watchdog.mu.Unlock()
	delete(l.watchdog.loops, l)
}

// StuckError tells which loops have not turned within their limit.
type StuckError struct{ Loops []string }

// Error is one line.
func (e *StuckError) Error() string { return "stuck: " + strings.Join(e.Loops, ", ") }

// Check returns a [*StuckError] unless every loop has turned within its limit.
func (w *Watchdog) Check(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var stuck []string
	for loop := range w.loops {
		if still := now.Sub(*loop.beat.Load()); still > loop.limit {
			stuck = append(stuck, fmt.Sprintf("%s for %s (limit %s)", loop.name, still.Round(100*time.Millisecond), loop.limit))
		}
	}
	if len(stuck) == 0 {
		return nil
	}
	slices.Sort(stuck)
	return &StuckError{stuck}
}
