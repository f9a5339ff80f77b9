// Package bus keeps incidents: every change is on disk before anybody is told, and every reader
// (the API, the page, what forwards) reads the same durable stream.
//
// The stream is JetStream's, in a server embedded in the daemon that listens on no network port.
// An acknowledged [Bus.Publish] survives the death of the process and of the power.
package bus

import (
	"log/slog"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Options bounds and instruments a Bus. The zero value takes the defaults.
type Options struct {
	MaxBytes int64         // of changes kept on disk; 1 GiB where 0
	MaxAge   time.Duration // of changes kept on disk; 90 days where 0
	// Salvage takes what is left of a damaged store, and logs what was lost, where Open would
	// refuse with a [DamagedError].
	Salvage bool
	Log     *slog.Logger // nothing is logged where nil

	tune tuning
}

// tuning is what tests make smaller.
type tuning struct {
	// remembered is how many closed incidents are kept in memory, about 400 bytes each.
	remembered int
	// replayed is how many changes are read at the start, beside those that are needed to find
	// every open incident.
	replayed uint64
	// keepWithin is how far back the newest change of an open incident may lie. Beyond it the
	// incident is written again, so that a start reads little and no limit reaches it.
	keepWithin uint64
	// lowRoom is how little room on the disk is too little for notes.
	lowRoom int64
}

var usual = tuning{remembered: 1000, replayed: 2_000, keepWithin: 1_000, lowRoom: lowRoom}

// filled puts the defaults in.
func (o Options) filled() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.MaxAge == 0 {
		o.MaxAge = 90 * 24 * time.Hour
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.tune == (tuning{}) {
		o.tune = usual
	}
	return o
}

// Filter says which incidents are wanted. The zero value wants the newest 100 of all.
type Filter struct {
	Feed  string    // of this feed, unless ""
	Kind  string    // of this kind, unless ""
	Since time.Time // that lasted at this moment or began after it, unless zero
	Open  *bool     // only those open (true) or closed (false), unless nil
	Limit int       // at most so many; 100 where 0
}

// Event is one change in the durable stream. Seq numbers the changes of this store from 1, with
// gaps; a reader that remembers it can go on after it.
type Event struct {
	Seq    uint64
	Stored time.Time
	Change detectors.Change
}
