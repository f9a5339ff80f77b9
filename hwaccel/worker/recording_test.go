package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// player runs a supervisor over files that the test hands it one by one.
type player struct {
	*Supervisor
	t        *testing.T
	next     chan *Recording
	samples  chan detectors.Sample
	contents chan Contents
	now      time.Duration // the feed's clock
}

func newPlayer(t *testing.T) *player {
	t.Helper()
	p := &player{t: t, next: make(chan *Recording), samples: make(chan detectors.Sample, 1000), contents: make(chan Contents, 100)}
	r := newRig(t)
	r.end()
	p.Supervisor = &Supervisor{
		Program: r.Program, Report: r.Report, Log: r.Log,
		Next: func(context.Context) (capture.Packet, bool) {
			t.Error("a recording needs no packets")
			return capture.Packet{}, false
		},
		NextRecording: func(ctx context.Context) (*Recording, bool) {
			select {
			case r := <-p.next:
				return r, true
			case <-ctx.Done():
				return nil, false
			}
		},
		Deliver: func(s detectors.Sample) { p.samples <- s },
	}
	return p
}

func (p *player) start() {
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	p.t.Cleanup(func() { cancel(); running.Wait() })
}

// play hands over a file with this in it and returns how it ended, and the file.
func (p *player) play(text string) (ended chan error, file *os.File) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "clip")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		p.t.Fatal(err)
	}
	ended = make(chan error, 10)
	p.next <- &Recording{
		File: file, Name: "clip", Play: Play{Realtime: true},
		Now:      func() time.Duration { return p.now },
		Contents: func(c Contents) { p.contents <- c },
		Ended:    func(err error) { ended <- err },
	}
	return ended, file
}

func (p *player) wait(ended chan error) error {
	p.t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the recording does not end; state %+v", p.State())
		return nil
	}
}

// A recording is measured on the feed's clock, ends well, and is let go of; the next one goes on.
func TestRecording(t *testing.T) {
	p := newPlayer(t)
	p.now = time.Hour
	p.start()
	for n, want := range []time.Duration{time.Hour, 2 * time.Hour} {
		p.now = want
		ended, file := p.play("abcde")
		if err := p.wait(ended); err != nil {
			t.Fatalf("recording %d ends with %v", n, err)
		}
		for i := range 5 {
			if s := <-p.samples; s.At != want+time.Duration(i)*40*time.Millisecond || s.Picture == nil {
				t.Errorf("sample %d of recording %d at %v, want %v and on", i, n, s.At, want)
			}
		}
		if c := <-p.contents; c.Container != "fake" {
			t.Errorf("contents %+v", c)
		}
		if _, err := file.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the file is left open: %v", err)
		}
	}
	// The worker leaves after the end of the file was told.
	for deadline := time.Now().Add(10 * time.Second); p.State().Decoder != detectors.DecoderIdle && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if state := p.State(); state.Decoder != detectors.DecoderIdle || state.Restarts != 0 {
		t.Errorf("state %+v, want an idle one without restarts", state)
	}
}

// A worker that dies over a recording is replaced by one that plays it again, from its beginning and
// later on the feed's clock; one that cannot be played is told with its reason.
func TestRecordingLosesItsWorker(t *testing.T) {
	p := newPlayer(t)
	p.start()
	ended, file := p.play("abc!")
	for deadline := time.Now().Add(20 * time.Second); p.State().Restarts < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) { // polling a state that another process changes
			t.Fatalf("state %+v, want two workers lost", p.State())
		}
	}
	if loss := p.State().Loss; !strings.Contains(loss, "SIGSEGV") {
		t.Errorf("lost for %q, want SIGSEGV", loss)
	}
	select {
	case err := <-ended:
		t.Errorf("the recording ended with %v", err)
	default:
	}
	if _, err := file.Stat(); err != nil {
		t.Errorf("the file is closed while it is tried: %v", err)
	}
}

func TestRecordingThatIsNone(t *testing.T) {
	p := newPlayer(t)
	p.start()
	ended, _ := p.play("")
	if err := p.wait(ended); err == nil || !strings.Contains(err.Error(), "no files here") {
		t.Errorf("ends with %v, want the worker's reason", err)
	}
	if state := p.State(); state.Restarts != 0 {
		t.Errorf("state %+v: a bad file is no fault of the worker", state)
	}
}
