package rtsp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
)

const (
	// maxDials bounds how often one session connects: a redirect within the server, and the change
	// from UDP to TCP, each take one more.
	maxDials = 5
	// readBuffer is what a socket shall hold for us of a camera's burst, in bytes, as far as the
	// kernel allows (net.core.rmem_max).
	readBuffer = 2 << 20
	// goodbyeWithin is how long taking leave of a server may take.
	goodbyeWithin = time.Second
)

// Pull fetches a feed from an RTSP server. It is a capture.Source and a capture.Teller.
type Pull struct {
	target   target
	opt      Options
	timeline *capture.Timeline
	numbers  map[capture.Media]int
	count    counters
	facts    facts
}

// NewPull returns the source for a URL such as rtsp://host/path or rtsps://host:322/path?transport=tcp.
// The parameter transport is udp or tcp; without it UDP is tried first, and TCP where nothing comes.
func NewPull(address string, opt Options, tl *capture.Timeline) (*Pull, error) {
	t, err := parseTarget(address)
	if err != nil {
		return nil, err
	}
	if opt.User != "" {
		t.url.User = url.UserPassword(opt.User, opt.Password)
	}
	return &Pull{
		target: t, opt: opt.filled(), timeline: tl, numbers: map[capture.Media]int{},
		facts: facts{now: capture.Facts{Reason: "not connected yet"}},
	}, nil
}

// Facts returns what is known of the link; it does not block.
func (p *Pull) Facts() capture.Facts { return p.facts.Facts() }

// Counters returns what came of the media.
func (p *Pull) Counters() Counters { return p.count.read() }

// Run fetches the stream until ctx ends or the connection breaks, and says why.
func (p *Pull) Run(ctx context.Context, emit func(capture.Packet)) error {
	err := p.run(ctx, emit)
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = fmt.Errorf("RTSP from %s: %w", p.target.address, p.plainly(err))
	}
	p.facts.down(err.Error())
	return err
}

func (p *Pull) run(ctx context.Context, emit func(capture.Packet)) error {
	s := &session{timeline: p.timeline, emit: emit, count: &p.count, facts: &p.facts}
	defer s.end()
	dialer := &dialer{only: p.target.address, tls: p.opt.TLS}
	client := p.client(dialer)
	s.ntp = client.PacketNTP
	if err := client.Start(); err != nil {
		return err
	}
	// The library ends on its own context; it is closed when ours ends, and closed once more below.
	opening, opened := context.WithTimeoutCause(ctx, p.opt.Opening, errSlow)
	defer opened()
	hangUp := func() {
		// The library takes its leave, for which a server that does not read must not make us wait.
		defer time.AfterFunc(goodbyeWithin, dialer.hangUp).Stop()
		client.Close()
	}
	stop := context.AfterFunc(opening, hangUp)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer hangUp()

	ended := make(chan error, 1)
	end := func(err error) {
		select {
		case ended <- err:
		default: // the first word counts
		}
	}
	if err := p.play(client, s, end); err != nil {
		if errors.Is(context.Cause(opening), errSlow) {
			err = fmt.Errorf("%w within %v", errSlow, p.opt.Opening)
		}
		return err
	}
	if !stop() {
		return fmt.Errorf("%w within %v", errSlow, p.opt.Opening) // it was closed on the last word
	}
	p.facts.connected(dialer.peer(), "the server has sent nothing yet")
	watch.Go(func() { end(client.Wait()) })
	return p.attend(ctx, s, ended)
}

// client makes a client of the library with everything that it would else do by its own mind.
func (p *Pull) client(d *dialer) *gortsplib.Client {
	return &gortsplib.Client{
		Scheme: p.target.url.Scheme, Host: p.target.address,
		Protocol:    p.target.protocol,
		ReadTimeout: p.opt.Silence, WriteTimeout: p.opt.Silence,
		InitialUDPReadTimeout: min(3*time.Second, p.opt.Silence/2),
		UserAgent:             "vedette",
		DialContext:           d.dial,
		DialTLSContext:        d.dialTLS,
		ListenPacket:          listenPacket,
		OnTransportSwitch: func(err error) {
			p.count.switched.Add(1)
			p.opt.Log.Info("RTSP media over TCP", "server", p.target.address, "reason", clip(err.Error()))
		},
		OnPacketsLost: func(uint64) {}, // counted for each track by itself
		OnDecodeError: func(error) { p.count.malformed.Add(1) },
	}
}

// play leads the dialogue up to the stream.
func (p *Pull) play(client *gortsplib.Client, s *session, end func(error)) error {
	described, _, err := client.Describe(&p.target.url)
	if err != nil {
		return err
	}
	chosen, err := choose(described)
	if err != nil {
		return err
	}
	for _, c := range chosen {
		if _, err := client.Setup(described.BaseURL, c.media, 0, 0); err != nil {
			return fmt.Errorf("set up the %s track: %w", c.media.Type, err)
		}
	}
	p.timeline.Restart(time.Now())
	for _, c := range chosen {
		t := &track{choice: c, number: p.number(c.stream.Format.Media), line: s.clock.newLine(c.format.ClockRate())}
		client.OnPacketRTP(c.media, c.format, func(packet *rtp.Packet) { s.take(t, packet) })
	}
	client.OnPacketRTCPAny(func(_ *description.Media, packet rtcp.Packet) {
		if _, bye := packet.(*rtcp.Goodbye); bye {
			end(errGoodbye)
		}
	})
	s.last.Store(time.Now().UnixNano())
	_, err = client.Play(nil)
	return err
}

// number returns the number of a track, alike over all sessions.
func (p *Pull) number(media capture.Media) int {
	n, ok := p.numbers[media]
	if !ok {
		n = len(p.numbers)
		p.numbers[media] = n
	}
	return n
}

var (
	errGoodbye = errors.New("the server ended the stream")
	errSilent  = errors.New("silent")
	errSlow    = errors.New("the server did not get to its stream")
)

// attend waits for the end of the session, or for the server to fall silent: a server may well go on
// answering and send no media.
func (p *Pull) attend(ctx context.Context, s *session, ended <-chan error) error {
	ticker := time.NewTicker(p.opt.Silence / 10)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case now := <-ticker.C:
			if now.Sub(time.Unix(0, s.last.Load())) > p.opt.Silence {
				return fmt.Errorf("%w for %v", errSilent, p.opt.Silence)
			}
		}
	}
}
