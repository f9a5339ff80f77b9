package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// How a worker that does not answer is told from one that is busy, and how often a feed may lose
// its worker.
const (
	watchEvery = 250 * time.Millisecond
	// silentTurns without a word, while one is owed, make a worker lost. Turns are counted, not
	// clock time: a daemon that was itself paused must not blame its workers. Six turns leave half
	// of the three seconds in which a feed shall be measured again.
	silentTurns = 6

	parkAfter  = 5           // losses ...
	parkWithin = time.Minute // ... in this time park the feed ...
	parkFor    = time.Minute // ... for this long
)

// retryAfter is the pause before the n-th restart in a row; the last one repeats. The first is
// immediate: one crash shall cost as little of the feed as can be.
var retryAfter = []time.Duration{0, 200 * time.Millisecond, time.Second, 2 * time.Second}

var errSilent = errors.New("stopped answering")

// State is how a supervised worker is doing.
type State struct {
	Decoder  detectors.DecoderState
	Reason   string // why it is not running, one line
	PID      int    // 0 while there is none
	Restarts int
	Loss     string // why the last one was lost, one line
}

// Supervisor keeps one worker running for one feed: it starts it when there is work, notices when
// it dies or stops answering, starts it again, hands the new one the pictures since the last key
// picture so that measuring resumes at once, and parks a feed that kills its worker again and again.
type Supervisor struct {
	Program Program
	// Next waits for the next packet; false means that ctx ended.
	Next func(ctx context.Context) (capture.Packet, bool)
	// NextRecording, where set, is asked in place of Next: the feed is a file that the worker reads
	// by itself. It waits for one to play; false means that ctx ended.
	NextRecording func(ctx context.Context) (*Recording, bool)

	Deliver func(detectors.Sample) // called from one goroutine, in order
	Report  func(Report)
	Log     *slog.Logger

	state     atomic.Pointer[State]
	replay    replay
	recording *Recording                             // being played
	heard     struct{ picture, sound time.Duration } // last delivered
	losses    []time.Time
}

// State returns how the worker is doing now.
func (s *Supervisor) State() State {
	if state := s.state.Load(); state != nil {
		return *state
	}
	return State{Decoder: detectors.DecoderIdle}
}

// Run supervises until ctx ends.
func (s *Supervisor) Run(ctx context.Context) {
	s.heard.picture, s.heard.sound = -1, -1
	defer s.release()
	for {
		err := s.session(ctx)
		if errors.Is(err, errPlayed) {
			continue
		}
		if ctx.Err() != nil || !s.pause(ctx, err) {
			return
		}
	}
}

// pause notes the loss of a worker and waits before the next one is tried.
func (s *Supervisor) pause(ctx context.Context, loss error) bool {
	now := time.Now()
	s.losses = append(s.losses, now)
	for now.Sub(s.losses[0]) > parkWithin {
		s.losses = s.losses[1:]
	}
	state := State{Decoder: detectors.DecoderLost, Reason: loss.Error(), Restarts: s.State().Restarts + 1, Loss: loss.Error()}
	wait := retryAfter[min(len(s.losses), len(retryAfter))-1]
	if len(s.losses) >= parkAfter {
		wait = parkFor
		state.Decoder = detectors.DecoderParked
		state.Reason = fmt.Sprintf("parked for %s after %d worker failures in %s, the last: %v",
			parkFor, len(s.losses), parkWithin, loss)
		s.losses = nil
	}
	s.set(state)
	s.Log.Warn("worker lost", "reason", state.Reason, "retry_in", wait)
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Supervisor) set(state State) { s.state.Store(&state) }

// session runs one worker from its start to its end and says why it ended.
func (s *Supervisor) session(ctx context.Context) error {
	first, ok := s.first(ctx)
	if !ok {
		return ctx.Err()
	}
	process, err := s.Program.Start(ctx)
	if err != nil {
		return err
	}
	before := s.State()
	s.set(State{
		Decoder: before.Decoder, Reason: before.Reason, // until it has measured something
		PID: process.PID(), Restarts: before.Restarts, Loss: before.Loss,
	})
	ctx, cancel := context.WithCancelCause(ctx)
	watch := watch{turns: silentTurns}
	if s.recording != nil {
		watch.turns = recordingTurns
	}
	var running sync.WaitGroup
	running.Go(func() { cancel(s.receive(process, &watch)) })
	running.Go(func() { cancel(watch.run(ctx)) })
	// A write that waits for a worker that is gone ends when its socket is closed.
	closed := context.AfterFunc(ctx, func() { _ = process.wire.conn.Close() })
	cancel(s.work(ctx, process, &watch, first))
	closed()
	err = context.Cause(ctx)

	end := process.Stop
	if errors.Is(err, errSilent) {
		end = process.Kill
	}
	exit := end()
	running.Wait()
	if exit != nil && !errors.Is(err, errSilent) && !errors.Is(err, errPlayed) {
		return exit // how it died says more than that its socket closed
	}
	return err
}

// first waits for work, so that a source that is down costs no process.
func (s *Supervisor) first(ctx context.Context) (*capture.Packet, bool) {
	if s.NextRecording != nil {
		ok := true
		if s.recording == nil {
			s.recording, ok = s.NextRecording(ctx)
		}
		return nil, ok
	}
	if s.replay.any() {
		return nil, true
	}
	p, ok := s.Next(ctx)
	return &p, ok
}

// work hands the worker what it shall measure, until something ends the session.
func (s *Supervisor) work(ctx context.Context, process *Process, watch *watch, first *capture.Packet) error {
	if s.recording != nil {
		return s.playRecording(ctx, process, watch)
	}
	send := func(p capture.Packet) error {
		watch.given.Add(1)
		return process.Send(p, 0)
	}
	for _, p := range s.replay.take() {
		if err := send(p); err != nil {
			return err
		}
	}
	for p := first; ; p = nil {
		if p == nil {
			next, ok := s.Next(ctx)
			if !ok {
				return ctx.Err()
			}
			p = &next
		}
		s.replay.add(*p)
		if err := send(*p); err != nil {
			return err
		}
	}
}

// receive passes on what the worker says until it falls silent for good.
func (s *Supervisor) receive(process *Process, watch *watch) error {
	base := time.Duration(-1) // of a recording's samples
	for {
		e, err := process.Receive(0)
		if err != nil {
			return fmt.Errorf("lost the worker: %w", err)
		}
		watch.heard.Add(1)
		if e.handled > 0 {
			watch.handled.Store(e.handled)
		}
		switch {
		case e.Sample != nil:
			if s.recording != nil {
				s.place(e.Sample, &base)
			}
			s.deliver(*e.Sample)
		case e.Report != nil:
			s.Report(*e.Report)
		case e.Contents != nil && s.recording != nil:
			s.recording.Contents(*e.Contents)
		case e.Done != nil && s.recording != nil:
			return s.played(*e.Done)
		}
	}
}

// deliver passes on a sample unless it was delivered before: a new worker measures again what was
// played to it for its decoder's sake.
func (s *Supervisor) deliver(sample detectors.Sample) {
	last := &s.heard.sound
	if sample.Picture != nil {
		last = &s.heard.picture
	}
	if sample.At <= *last {
		return
	}
	*last = sample.At
	if state := s.State(); state.Decoder != detectors.DecoderRunning {
		state.Decoder, state.Reason = detectors.DecoderRunning, ""
		s.set(state)
	}
	s.replay.proven()
	s.Deliver(sample)
}

// watch tells a worker that is stuck from one that has nothing to do: it counts the turns in which
// the worker owed an answer and said nothing at all.
type watch struct {
	given   atomic.Uint64 // packets handed over, the one being written included
	handled atomic.Uint64 // packets that the worker is done with
	heard   atomic.Uint64 // messages received
	turns   int           // of silence that are too many
}

func (w *watch) run(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var heard uint64
	for silent := 0; silent < w.turns; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := w.heard.Load()
		if now != heard || w.given.Load() == w.handled.Load() {
			heard, silent = now, 0
		} else {
			silent++
		}
	}
	return errSilent
}
