// Package quiet logs what strangers make us say.
package quiet

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Log logs at most one line a second: what is said by strangers must not fill a disk. Counters tell
// the rest. It is safe for concurrent use.
type Log struct {
	log    *slog.Logger
	mu     sync.Mutex
	last   time.Time
	unsaid int
}

// New returns a Log that writes to log.
func New(log *slog.Logger) *Log { return &Log{log: log} }

// Say logs a line, or counts it for the next one.
func (q *Log) Say(now time.Time, level slog.Level, text string, args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.last) < time.Second {
		q.unsaid++
		return
	}
	if q.unsaid > 0 {
		args = append(args, "unsaid", q.unsaid)
	}
	q.last, q.unsaid = now, 0
	q.log.Log(context.Background(), level, text, args...)
}

// Reset lets the next line be said at once, whatever was said before.
func (q *Log) Reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = time.Time{}
}
