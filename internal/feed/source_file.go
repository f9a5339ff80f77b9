package feed

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// errOver is the reason of a source that is not tried again: it has come to its proper end.
var errOver = errors.New("the file has ended: add ?loop=1 to play it again and again")

// openFile watches a recording as a feed.
func (s *Sources) openFile(p plan) (source, error) {
	made := &fileSource{
		path: p.url.Path, loop: p.url.Query().Get("loop") == "1", timeline: p.timeline,
		next: make(chan *worker.Recording),
	}
	made.facts.Reason = "not opened yet"
	return source{made, func() {}}, nil
}

// fileSource is a file that the worker reads, for only there are files taken apart. Its packets never
// pass through the daemon: Run says what is to be read, and what became of it.
type fileSource struct {
	path     string
	loop     bool
	timeline *capture.Timeline
	next     chan *worker.Recording

	mu    sync.Mutex
	facts capture.Facts
}

// recordings returns what Options.Recordings is for a source.
func recordings(s capture.Source) func(context.Context) (*worker.Recording, bool) {
	if f, ok := s.(*fileSource); ok {
		return f.recording
	}
	return nil
}

// Run opens the file and waits until it has been played.
func (f *fileSource) Run(ctx context.Context, _ func(capture.Packet)) error {
	err := f.play(ctx)
	f.tell(false, err.Error())
	return err
}

func (f *fileSource) play(ctx context.Context) error {
	file, err := openInput(f.path)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	r := &worker.Recording{
		File: file, Name: f.path, Play: worker.Play{Realtime: true, Loop: f.loop},
		Now:      f.now,
		Contents: func(worker.Contents) { f.tell(true, "") },
		Ended:    func(err error) { ended <- err },
	}
	f.tell(false, "waiting for the worker")
	select {
	case f.next <- r:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), file.Close())
	}
	select {
	case err = <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err == nil {
		err = errOver
	}
	return err
}

// recording waits for the file that is to be played next.
func (f *fileSource) recording(ctx context.Context) (*worker.Recording, bool) {
	select {
	case r := <-f.next:
		return r, true
	case <-ctx.Done():
		return nil, false
	}
}

func (f *fileSource) now() time.Duration { return f.timeline.Now(time.Now()) }

// Facts returns what is known of the link; it does not block.
func (f *fileSource) Facts() capture.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.facts
}

func (f *fileSource) tell(up bool, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts.Up, f.facts.Reason = up, reason
}

// recorded tells the link what is in the files that are played; nil where the feed has packets.
func (f *Feed) recorded() func(context.Context) (*worker.Recording, bool) {
	if f.Recordings == nil {
		return nil
	}
	return func(ctx context.Context) (*worker.Recording, bool) {
		r, ok := f.Recordings(ctx)
		if ok {
			tell := r.Contents
			r.Contents = func(c worker.Contents) { f.link.contains(c); tell(c) }
		}
		return r, ok
	}
}
