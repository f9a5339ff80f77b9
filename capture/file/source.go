package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// Options say how a Source goes through the file.
type Options struct {
	Realtime bool // at the pace of the packets' own clock, not as fast as it goes
	Loop     bool // begin again at the end, for ever, time going on; not for pipes
}

// Source hands over the packets of the chosen tracks. The earliest presentation time of the file is
// time zero. A packet with an At below zero helps to decode and is not part of the presentation
// (the priming of an audio encoder, pictures that an edit list leaves out).
//
// Packets of a stream without timestamps have PTS NoTime; their At counts them by the frame rate in
// the order of decoding, 25 a second where the stream does not say.
type Source struct {
	file *File
	o    Options
	note string
}

var _ capture.Source = (*Source)(nil)

// Source makes a source of the file. One of them may run at a time.
func (f *File) Source(o Options) *Source { return &Source{file: f, o: o} }

// Note tells after Run, in one line, what was wrong with a file that ended all the same; it is empty
// where nothing was.
func (s *Source) Note() string { return s.note }

// Run hands over packets until the file ends, and then returns nil; the end of a file that was cut
// short is an end. It returns ctx's error when ctx ends, [ErrClosed] when the file is closed
// meanwhile, and says what happened when reading fails.
func (s *Source) Run(ctx context.Context, emit func(capture.Packet)) error {
	f := s.file
	f.reading.Lock()
	defer f.reading.Unlock()
	if s.o.Loop && f.size < 0 {
		return fmt.Errorf("%q: cannot begin again: it is not a regular file", f.name)
	}
	pace := pacer{on: s.o.Realtime}
	for offset, round := time.Duration(0), 0; ; round++ {
		if err := f.rewind(ctx); err != nil {
			return err
		}
		stop := context.AfterFunc(ctx, f.stop)
		p := newPass(f, offset, round > 0, &pace)
		err := p.run(ctx, emit)
		stop()
		s.note = p.note
		if err != nil {
			return err
		}
		if !s.o.Loop {
			return nil
		}
		if p.end() <= offset {
			return fmt.Errorf("%q: nothing in it to repeat", f.name)
		}
		offset = p.end()
	}
}

// rewind makes sure that the input is at its beginning and was not stopped.
func (f *File) rewind(ctx context.Context) error {
	f.mu.Lock()
	closed := f.closed
	f.mu.Unlock()
	if closed {
		return fmt.Errorf("%q: %w", f.name, ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !f.used {
		f.used = true
		return nil
	}
	if f.size < 0 {
		return fmt.Errorf("%q: has been read already, and is not a regular file", f.name)
	}
	f.free()
	if err := f.open(ctx); err != nil {
		return err
	}
	f.used = true
	return nil
}

// pacer lets packets go when their time has come.
type pacer struct {
	on      bool
	started time.Time
	due     time.Duration
}

// wait returns when at has come, or ctx's error. The first packet sets the zero of time.
func (p *pacer) wait(ctx context.Context, at time.Duration) error {
	if !p.on {
		return ctx.Err()
	}
	if p.started.IsZero() {
		p.started = time.Now()
	}
	p.due = max(p.due, at)
	left := time.Until(p.started.Add(p.due))
	if left <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// arrived is what goes into Packet.Arrived: a file that is not paced has no arrival.
func (p *pacer) arrived() time.Time {
	if !p.on {
		return time.Time{}
	}
	return time.Now()
}

var errEnd = errors.New("end of file")
