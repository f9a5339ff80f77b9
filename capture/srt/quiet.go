package srt

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// quiet logs at most one line a second: what is said by strangers must not fill a disk. The counters
// tell the rest.
type quiet struct {
	log    *slog.Logger
	mu     sync.Mutex
	last   time.Time
	unsaid int
}

func (q *quiet) say(now time.Time, text string, args ...any) {
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
	q.log.Log(context.Background(), slog.LevelWarn, text, args...)
}
