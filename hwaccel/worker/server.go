package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// File is an input that the worker reads by itself.
type File interface {
	Contents() Contents
	// Source reads the chosen tracks.
	Source(Play) capture.Source
	Close()
}

// Server is the worker's end of the conversation.
type Server struct {
	Version  string
	Decoder  string // library and version
	Threads  int    // of each decoder
	Sandbox  func() (string, error)
	Backends Backends
	OpenFile func(ctx context.Context, file *os.File, name string) (File, error)
}

// request is one message of the daemon on its way to the analyzing goroutine.
type request struct {
	kind kind
	body any
	file *os.File
}

// reportEvery bounds how often the worker speaks of itself.
const reportEvery = time.Second

// Serve answers the daemon on conn until it closes its end, which is no error. It enters the
// sandbox before it looks at any media.
func (s *Server) Serve(conn *net.UnixConn) error {
	w, err := newWire(conn, maxToWorker, true)
	if err != nil {
		return err
	}
	sandbox, err := s.Sandbox()
	if err != nil {
		return fmt.Errorf("enter the sandbox: %w", err)
	}
	if err := w.write(kindHello, helloMessage{s.Version, s.Decoder, sandbox}, nil, 0); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	requests := make(chan request, 4)
	var reading sync.WaitGroup
	var readErr error
	reading.Go(func() {
		defer cancel() // a file being played stops when the daemon is gone
		defer close(requests)
		readErr = readRequests(ctx, w, requests)
	})
	err = s.answer(ctx, w, requests)
	cancel()
	_ = conn.Close() // wakes the reader
	reading.Wait()
	if err != nil {
		return err
	}
	return readErr
}

// readRequests decodes what the daemon says. It runs beside the analysis so that the end of the
// daemon is noticed in the middle of a long file.
func readRequests(ctx context.Context, w *wire, requests chan<- request) error {
	formats := map[int]capture.Format{}
	for {
		k, body, file, err := w.read()
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		r := request{kind: k, file: file}
		if r.body, err = decodeRequest(w.decode, k, body, formats); err != nil {
			return fmt.Errorf("message %d from the daemon: %w", k, err)
		}
		select {
		case requests <- r:
		case <-ctx.Done():
			return nil
		}
	}
}

func decodeRequest(decode cbor.DecMode, k kind, body []byte, formats map[int]capture.Format) (any, error) {
	switch k {
	case kindPacket:
		var m packetMessage
		if err := decode.Unmarshal(body, &m); err != nil {
			return nil, err
		}
		if m.Format != nil {
			formats[m.Track] = *m.Format
		}
		return &capture.Packet{
			Format: formats[m.Track], Track: m.Track, Data: m.Data,
			At: m.At, PTS: m.PTS, DTS: m.DTS, Key: m.Key, Lost: m.Lost, Corrupt: m.Corrupt,
		}, nil
	case kindPlay:
		var m playMessage
		return &m, decode.Unmarshal(body, &m)
	case kindDrain:
		return nil, nil
	}
	return nil, errors.New("not known")
}

// conversation is what one run of the worker has made so far.
type conversation struct {
	*Server
	wire     *wire
	analyzer *analyzer
	handled  uint64 // packets, the one in hand included
	samples  uint64 // passed on
	held     int    // of them, not sent yet
	reported Report
	next     time.Time
}

func (s *Server) answer(ctx context.Context, w *wire, requests <-chan request) error {
	c := &conversation{Server: s, wire: w}
	defer func() {
		if c.analyzer != nil {
			c.analyzer.close()
		}
	}()
	for {
		var idle <-chan time.Time
		if c.held > 0 {
			idle = time.After(holdFor)
		}
		select {
		case r, more := <-requests:
			if !more {
				return nil
			}
			if err := c.handle(ctx, r); err != nil {
				return err
			}
		case <-idle:
			c.held = 0
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
}

func (c *conversation) handle(ctx context.Context, r request) error {
	switch r.kind {
	case kindPacket:
		c.begin(false)
		return c.handlePacket(r.body.(*capture.Packet))
	case kindPlay:
		play := r.body.(*playMessage)
		return c.play(ctx, r.file, play.Name, play.Play)
	case kindDrain:
		return c.finish(nil)
	}
	return nil
}

// Blocks of sound are small and many: a few go out together, or with a picture, so that the daemon
// is woken once for all of them.
const (
	mostHeld = 4
	holdFor  = 40 * time.Millisecond
)

// passOn sends a sample to the daemon, or holds it for a moment.
func (c *conversation) passOn(s detectors.Sample) error {
	message := &sampleMessage{s, c.handled}
	if s.Sound != nil && c.held+1 < mostHeld {
		c.held++
		return c.wire.hold(kindSample, message)
	}
	c.held = 0
	return c.wire.write(kindSample, message, nil, 0)
}

// handlePacket decodes one packet and lets the daemon know that it did.
func (c *conversation) handlePacket(p *capture.Packet) error {
	c.handled++
	samples := c.samples
	if err := c.analyzer.take(p); err != nil {
		return err
	}
	if c.samples == samples {
		if err := c.wire.write(kindHandled, handledMessage{c.handled}, nil, 0); err != nil {
			return err
		}
	}
	return c.tell(false)
}

func (c *conversation) begin(bare bool) {
	if c.analyzer == nil {
		emit := func(s detectors.Sample) error {
			c.samples++
			return c.passOn(s)
		}
		c.analyzer = newAnalyzer(c.Backends, c.Threads, bare, emit)
	}
}

// play reads a file to its end, or until the daemon is gone.
func (c *conversation) play(ctx context.Context, descriptor *os.File, name string, play Play) error {
	if descriptor == nil {
		return errors.New("no file came with the request to play one")
	}
	file, err := c.OpenFile(ctx, descriptor, name)
	if err != nil {
		return c.wire.write(kindDone, doneMessage{Error: oneLine(err.Error()), BadInput: true}, nil, 0)
	}
	defer file.Close()
	contents := file.Contents()
	c.probePaths(&contents)
	if err := c.wire.write(kindTracks, contents, nil, 0); err != nil {
		return err
	}
	c.begin(play.Bare)
	if play.Probe {
		return c.finish(nil)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var broken error
	err = file.Source(play).Run(ctx, func(p capture.Packet) {
		if broken == nil {
			broken = c.analyzer.take(&p)
		}
		if broken == nil {
			broken = c.tell(false)
		}
		if broken != nil {
			cancel()
		}
	})
	if broken != nil {
		return broken
	}
	return c.finish(err)
}

// probePaths tries the decoder of each track, so that a probe tells what would be measured.
func (c *conversation) probePaths(contents *Contents) {
	for i := range contents.Tracks {
		t := &contents.Tracks[i]
		decoder, err := c.Backends.Decoder(t.Format, c.Threads)
		if err != nil {
			continue
		}
		t.Path = decoder.Path()
		decoder.Close()
	}
}

// finish drains the decoders and says how the input ended.
func (c *conversation) finish(end error) error {
	c.begin(false)
	if err := c.analyzer.drainAll(); err != nil {
		return err
	}
	if err := c.tell(true); err != nil {
		return err
	}
	var done doneMessage
	if end != nil && !errors.Is(end, context.Canceled) {
		done.Error = oneLine(end.Error())
	}
	c.held = 0 // what is held goes out with it, and the daemon may leave then
	return c.wire.write(kindDone, done, nil, 0)
}

// tell sends the report when it says something new: at once where an operator would want to know,
// else once a second.
func (c *conversation) tell(now bool) error {
	report := c.analyzer.report
	report.Paths = c.analyzer.paths()
	news := report.Unmeasured != c.reported.Unmeasured || !slices.Equal(report.Paths, c.reported.Paths)
	if !now && !news && time.Now().Before(c.next) {
		return nil
	}
	c.reported, c.next = report, time.Now().Add(reportEvery)
	return c.wire.write(kindReport, report, nil, 0)
}
