package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// recordingTurns is silentTurns for a worker that reads a file in real time: what it owes us comes
// as slowly as the pictures of a slide show do.
const recordingTurns = 60

// errPlayed is how a session ends whose recording has ended.
var errPlayed = errors.New("the recording has ended")

// Recording is a file that the worker reads by itself, as if it were a live feed. It is played again
// from its beginning by the next worker, where one is lost.
type Recording struct {
	File *os.File // read from its beginning; the supervisor closes it
	Name string   // for messages
	Play Play
	// Now reads the feed's clock, on which the samples are put: the first one of each worker is of
	// now, the others keep their distance to it.
	Now      func() time.Duration
	Contents func(Contents) // what is in the file; called again for each worker
	Ended    func(error)    // called once, when no more comes; nil where the file ended well
}

// playRecording hands the file over and waits for what ends the session.
func (s *Supervisor) playRecording(ctx context.Context, process *Process, watch *watch) error {
	r := s.recording
	if _, err := r.File.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind %s: %w", r.Name, err)
	}
	watch.given.Add(1) // samples until the end
	if err := process.Play(r.File, r.Name, r.Play); err != nil {
		return fmt.Errorf("hand %s to the worker: %w", r.Name, err)
	}
	<-ctx.Done()
	return ctx.Err()
}

// place puts a sample of a recording on the feed's clock.
func (s *Supervisor) place(sample *detectors.Sample, base *time.Duration) {
	if *base < 0 {
		*base = max(s.recording.Now()-sample.At, 0)
	}
	sample.At += *base
}

// played ends the recording and the session.
func (s *Supervisor) played(done Done) error {
	ended := s.recording.Ended
	s.release()
	ended(done.Err)
	before := s.State()
	s.set(State{Decoder: detectors.DecoderIdle, Restarts: before.Restarts, Loss: before.Loss})
	return errPlayed
}

// release lets go of the recording, if there is one.
func (s *Supervisor) release() {
	if s.recording != nil {
		_ = s.recording.File.Close() // it was only read
		s.recording = nil
	}
}
