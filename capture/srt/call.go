package srt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gosrt "github.com/datarhei/gosrt"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/mpegts"
)

// Call fetches a feed from an SRT listener. It is a capture.Source and a capture.Teller.
type Call struct {
	address Address
	opt     Options
	demux   *mpegts.Demuxer
	state   state
	refused bool // the last attempt to connect was
}

// NewCall returns the source for an address with a host.
func NewCall(a Address, opt Options, tl *capture.Timeline) *Call {
	c := &Call{address: a, opt: opt.filled(), demux: mpegts.NewDemuxer(a.Programme, tl)}
	c.state.now.Reason = "not connected yet"
	return c
}

// Facts returns what is known of the link; it does not block.
func (c *Call) Facts() capture.Facts { return c.state.facts(c.demux) }

// Run fetches the stream until ctx ends or the connection breaks, and says why.
func (c *Call) Run(ctx context.Context, emit func(capture.Packet)) error {
	err := c.run(ctx, emit)
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = fmt.Errorf("call SRT listener %s: %w", net.JoinHostPort(c.address.Host, c.address.Port), err)
	}
	c.state.down(err.Error())
	return err
}

func (c *Call) run(ctx context.Context, emit func(capture.Packet)) error {
	conn, err := c.connect(ctx)
	var r refused
	c.refused = errors.As(err, &r)
	if err != nil {
		return err
	}
	l := &link{conn: conn, peer: conn.RemoteAddr().String()}
	defer settle(l)
	stop := context.AfterFunc(ctx, func() { l.close("stopped") })
	defer stop()
	c.state.connected(l.peer)
	c.demux.Start(emit, time.Now())
	return play(l, c.demux, &c.state, c.opt)
}

func (c *Call) connect(ctx context.Context) (gosrt.Conn, error) {
	if err := sayHello(ctx, c.address, c.refused); err != nil {
		return nil, err
	}
	config := gosrt.DefaultConfig()
	config.StreamId, config.Passphrase, config.PBKeylen = c.address.StreamID, c.address.Passphrase, c.address.KeyLength
	config.ReceiverLatency, config.PeerLatency = c.address.Latency, c.address.Latency
	config.PeerIdleTimeout = c.opt.Idle
	conn, err := gosrt.Dial("srt", net.JoinHostPort(c.address.Host, c.address.Port), config)
	if err != nil {
		return nil, dialError(err)
	}
	return conn, nil
}

// dialError finds the code of a rejection, which the library writes to base 32.
func dialError(err error) error {
	_, rest, ok := strings.Cut(err.Error(), "REJECT (")
	if code, wrong := strconv.ParseUint(strings.TrimSuffix(rest, ")"), 32, 32); ok && wrong == nil {
		return refused(code)
	}
	return err
}

// settle closes the connection and waits for the library's reader, which ends only when its last word
// is heard.
func settle(l *link) {
	l.close("done")
	for range 500 {
		if _, err := l.conn.ReadPacket(); errors.Is(err, gosrt.ErrClientClosed) || errors.Is(err, net.ErrClosed) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}
