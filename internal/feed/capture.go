package feed

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// A source that breaks is tried again, for ever, after a pause that doubles up to a limit. A source
// that ran for a while starts over with the shortest pause.
const (
	retryFirst  = time.Second
	retryLast   = 30 * time.Second
	ranWell     = 30 * time.Second
	retryJitter = 0.2 // share of the pause, so that a hundred feeds do not knock at one moment
)

// capture runs the source, and runs it again when it breaks.
func (f *Feed) capture(ctx context.Context) {
	pause := retryFirst
	for {
		began := time.Now()
		f.link.running()
		err := f.Source.Run(ctx, f.take)
		if ctx.Err() != nil {
			return
		}
		reason := "the source ended"
		if err != nil {
			reason = err.Error()
		}
		if f.link.broke(reason) {
			f.Log.Warn("source lost", "reason", reason)
		}
		if errors.Is(err, errOver) {
			<-ctx.Done()
			return
		}
		if time.Since(began) >= ranWell {
			pause = retryFirst
		}
		select {
		case <-time.After(jittered(pause)):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, retryLast)
	}
}

func jittered(pause time.Duration) time.Duration {
	return time.Duration(float64(pause) * (1 + retryJitter*(2*rand.Float64()-1)))
}

// take is where every packet of the feed comes in. It never waits.
func (f *Feed) take(p capture.Packet) {
	f.link.count(p, p.At-f.Timeline.Now(p.Arrived))
	f.queue.push(p)
}
