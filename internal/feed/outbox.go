package feed

import (
	"context"
	"log/slog"

	"github.com/vedette-av/vedette/detectors"
)

// outboxLimit bounds the changes that wait for a disk that does not take them. At the rate at which
// detectors may speak this is hours.
const outboxLimit = 10000

// outbox keeps the order of changes while the disk refuses them: nothing is told that is not on
// disk, and nothing is lost as long as the daemon runs.
type outbox struct {
	publish func(context.Context, detectors.Change) error
	log     *slog.Logger
	waiting []detectors.Change
	lost    int
	trouble string // the last error told
}

func (o *outbox) send(ctx context.Context, change detectors.Change) {
	if len(o.waiting) >= outboxLimit {
		o.lost++
		o.log.Error("incident lost: the store has refused to take any for too long",
			"id", change.Incident.ID, "lost", o.lost)
		return
	}
	o.waiting = append(o.waiting, change)
	if len(o.waiting) == 1 || o.trouble == "" {
		o.flush(ctx)
	}
}

// flush publishes what waits, oldest first, and stops at the first refusal; it is tried again at
// the feed's next turn.
func (o *outbox) flush(ctx context.Context) {
	for len(o.waiting) > 0 {
		if err := o.publish(ctx, o.waiting[0]); err != nil {
			if ctx.Err() == nil && err.Error() != o.trouble {
				o.trouble = err.Error()
				o.log.Error("incident not stored yet", "err", err, "waiting", len(o.waiting))
			}
			return
		}
		o.waiting = o.waiting[1:]
	}
	if o.trouble != "" {
		o.trouble = ""
		o.log.Info("incidents are stored again")
	}
}
