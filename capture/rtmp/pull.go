package rtmp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/bluenviron/gortmplib/pkg/amf0"
	"github.com/bluenviron/gortmplib/pkg/handshake"
	"github.com/bluenviron/gortmplib/pkg/message"

	"github.com/vedette-av/vedette/capture"
)

// Pull fetches a feed from an RTMP server. It is a capture.Source and a capture.Teller.
type Pull struct {
	target   target
	opt      Options
	timeline *capture.Timeline
	numbers  trackTable
	count    counters
	facts    facts
}

// NewPull returns the source for a URL such as rtmp://host/app/key or rtmps://host:443/app/key.
// Of the options it uses TLS, Opening, for connecting, and Silence.
func NewPull(address string, opt Options, tl *capture.Timeline) (*Pull, error) {
	t, err := parseTarget(address)
	if err != nil {
		return nil, err
	}
	return &Pull{
		target: t, opt: opt.filled(), timeline: tl, numbers: trackTable{},
		facts: facts{now: capture.Facts{Reason: "not connected yet"}},
	}, nil
}

// Facts returns what is known of the link; it does not block.
func (p *Pull) Facts() capture.Facts { return p.facts.Facts() }

// Counters returns what was dropped of the media; the rest concerns servers.
func (p *Pull) Counters() Counters { return p.count.read() }

// Run fetches the stream until ctx ends or the connection breaks, and says why.
func (p *Pull) Run(ctx context.Context, emit func(capture.Packet)) error {
	err := p.run(ctx, emit)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	p.facts.down(err.Error())
	return err
}

func (p *Pull) run(ctx context.Context, emit func(capture.Packet)) error {
	l, err := p.connect(ctx)
	if err != nil {
		return fmt.Errorf("pull RTMP from %s: %w", p.target.address, err)
	}
	defer l.close("")
	defer context.AfterFunc(ctx, func() { l.close("") })()
	p.facts.connected(l.peer, "the server has sent nothing yet")
	p.timeline.Restart(time.Now())
	d := newDemuxer(p.timeline, emit, p.numbers, &p.count, &p.facts)
	err = play(l, d, map[string]bool{
		"NetStream.Play.UnpublishNotify": true, "NetStream.Play.Stop": true,
		"NetStream.Play.Complete": true, "NetStream.Play.StreamNotFound": true,
	})
	return fmt.Errorf("RTMP from %s: %w", p.target.address, err)
}

// connect dials the server and asks it to play.
func (p *Pull) connect(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opt.Opening)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.target.address)
	if err != nil {
		return nil, err
	}
	conn := raw
	if p.target.secure {
		conn = tls.Client(raw, p.tlsConfig())
	}
	l := newLink(raw, conn)
	stop := context.AfterFunc(ctx, func() { l.close("") })
	if err := p.ask(ctx, l); err != nil {
		l.close("")
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", p.opt.Opening)
		}
		return nil, err
	}
	if !stop() {
		return nil, ctx.Err() // it was closed on the last word
	}
	l.in.trust()
	l.silence = p.opt.Silence
	return l, nil
}

func (p *Pull) tlsConfig() *tls.Config {
	c := p.opt.TLS.Clone() // nil stays nil
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.ServerName == "" {
		c.ServerName = p.target.host
	}
	return c
}

// ask leads the dialogue of a reader (RTMP 1.0, 7.2) up to the stream.
func (p *Pull) ask(ctx context.Context, l *link) error {
	if secure, ok := l.conn.(*tls.Conn); ok {
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS handshake: %w", err)
		}
	}
	if _, _, err := handshake.DoClient(rw{l.br, writerFunc(l.write)}, false, false); err != nil {
		return fmt.Errorf("RTMP handshake: %w", err)
	}
	// A server may send media on the heels of its answer, and owes us no thrift before.
	l.in.trust()
	if err := l.out.Write(&message.SetWindowAckSize{Value: 2_500_000}); err != nil {
		return err
	}
	if err := l.send("connect", 1, p.connectArguments()); err != nil {
		return err
	}
	if _, err := l.result(1); err != nil {
		return fmt.Errorf("connect to app %q: %w", p.target.app, err)
	}
	if err := l.send("createStream", 2, nil); err != nil {
		return err
	}
	created, err := l.result(2)
	if err != nil {
		return fmt.Errorf("create stream: %w", err)
	}
	// gortmplib writes the number of the message stream in big-endian, the wire has it little-endian.
	stream := uint32(1)
	if len(created.args) > 1 {
		if n, ok := created.args[1].(float64); ok && n >= 0 && n < 1<<24 {
			stream = uint32(n)
		}
	}
	err = l.out.Write(&message.CommandAMF0{
		ChunkStreamID: 8, MessageStreamID: stream<<24 | stream<<8&0xff0000 | stream>>8&0xff00,
		Name: "play", CommandID: 3, Arguments: []any{nil, p.target.key, float64(-1000)},
	})
	if err != nil {
		return err
	}
	return l.started()
}

// connectArguments says what we take, the codecs of Enhanced RTMP included.
func (p *Pull) connectArguments() amf0.Object {
	four := amf0.StrictArray{}
	for f := range videoFourCC {
		four = append(four, fourCCText(f))
	}
	for f := range audioFourCC {
		four = append(four, fourCCText(f))
	}
	return amf0.Object{
		{Key: "app", Value: p.target.app},
		{Key: "flashVer", Value: "LNX 9,0,124,2"},
		{Key: "tcUrl", Value: p.target.base},
		{Key: "fpad", Value: false},
		{Key: "capabilities", Value: float64(15)},
		{Key: "audioCodecs", Value: float64(0x0fff)},
		{Key: "videoCodecs", Value: float64(0x00ff)},
		{Key: "videoFunction", Value: float64(1)},
		{Key: "objectEncoding", Value: float64(0)},
		{Key: "fourCcList", Value: four},
	}
}

// result waits for the answer to a command.
func (l *link) result(id int) (command, error) {
	for {
		c, err := l.nextCommand()
		if err != nil {
			return command{}, err
		}
		switch {
		case c.name == "_result" && c.id == id:
			return c, nil
		case c.name == "_error" && c.id == id:
			return command{}, errors.New("refused: " + described(c))
		}
	}
}

// started waits for the server to say that it plays.
func (l *link) started() error {
	for {
		c, err := l.nextCommand()
		if err != nil {
			return err
		}
		if c.name != "onStatus" && c.name != "_error" {
			continue
		}
		level, _ := c.object(1).GetString("level")
		code, _ := c.object(1).GetString("code")
		switch {
		case level == "error" || c.name == "_error":
			return errors.New("refused: " + described(c))
		case code == "NetStream.Play.Start":
			return nil
		}
	}
}

// described says why a server refuses, in its own words.
func described(c command) string {
	o := c.object(1)
	code, _ := o.GetString("code")
	text, _ := o.GetString("description")
	return strings.TrimSpace(clip(code) + " " + clip(text))
}
