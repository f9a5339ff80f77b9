// Package syslog sends messages as RFC 5424 over TLS (RFC 5425), TCP (RFC 6587, by counting) or UDP
// (RFC 5426). The protocol has no acknowledgement: over TLS and TCP a message counts as delivered
// when the other machine has acknowledged its bytes, over UDP when it has left.
package syslog

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// enterprise is the number under which our structured data stands: that of net-snmp, whose part for
// the unnumbered the MIB uses too.
const enterprise = "vedette@8072"

var facilities = map[string]int{
	"user": 1, "daemon": 3, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

// Sink sends to one receiver.
type Sink struct {
	network, address string
	tls              *tls.Config
	facility         int
	conn             net.Conn
	raw              *net.TCPConn  // below TLS; nil for UDP
	gone             chan struct{} // closed when the receiver has hung up
}

// New makes the sink of a receiver.
func New(c *config.Syslog) (*Sink, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the URL of the receiver is not usable")
	}
	ports := map[string]string{"tls": "6514", "tcp": "601", "udp": "514"}
	s := &Sink{network: "tcp", address: u.Host, facility: facilities[c.Facility]}
	if u.Port() == "" {
		s.address = net.JoinHostPort(u.Hostname(), ports[u.Scheme])
	}
	switch u.Scheme {
	case "udp":
		s.network = "udp"
	case "tls":
		if s.tls, err = web.TLS(c.Trust); err != nil {
			return nil, err
		}
		s.tls.ServerName = u.Hostname()
	}
	return s, nil
}

// level is the severity of syslog for a message: what is over is a notice.
func level(m forward.Message) int {
	if m.Type() == forward.Closed || m.Type() == forward.GroupClosed {
		return 5
	}
	return map[detectors.Severity]int{detectors.Info: 6, detectors.Minor: 4, detectors.Major: 3, detectors.Critical: 2}[m.Severity()]
}

// line is a message as RFC 5424 has it.
func (s *Sink) line(m forward.Message) []byte {
	b := m.Body()
	var data strings.Builder
	data.WriteString("[" + enterprise)
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&data, ` %s="%s"`, name, strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(value))
		}
	}
	put("id", m.ID())
	put("feed", b.Feed)
	if i := b.Incident; i != nil {
		put("incident", i.ID)
		put("kind", i.Kind)
		put("severity", i.Severity.String())
		put("began", i.Began.Format(time.RFC3339Nano))
		put("seconds", strconv.FormatFloat(i.Seconds, 'f', -1, 64))
	}
	data.WriteString("]")
	text := m.Title()
	if b.Incident != nil && b.Incident.Detail != "" {
		text += ": " + b.Incident.Detail
	}
	return fmt.Appendf(nil, "<%d>1 %s %s vedette %d %s %s \xef\xbb\xbf%s", 8*s.facility+level(m), m.Time().Format("2006-01-02T15:04:05.000Z07:00"),
		visible(m.Site(), 255), os.Getpid(), visible(string(m.Type()), 32), data.String(), text)
}

// visible makes a text a field of the header: printable ASCII without blanks.
func visible(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, text)
	return text[:min(len(text), most)]
}

// Render puts all in one write, each with its length before it; over UDP each is a datagram.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	if s.network == "udp" {
		var drafts []forward.Draft
		for _, m := range batch {
			drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: s.line(m), Media: "text/plain", To: s.address})
		}
		return drafts, nil
	}
	var body bytes.Buffer
	for _, m := range batch {
		line := s.line(m)
		fmt.Fprintf(&body, "%d %s", len(line), line)
	}
	return []forward.Draft{{Messages: batch, Body: body.Bytes(), Media: "text/plain", To: s.address}}, nil
}

// Carry writes and waits until the other machine has all of it.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	if err := s.connect(ctx); err != nil {
		return forward.Receipt{}, fmt.Errorf("connect to %s: %w", s.address, err)
	}
	deadline, _ := ctx.Deadline()
	err := s.conn.SetWriteDeadline(deadline)
	if err == nil {
		_, err = s.conn.Write(p.Body())
	}
	if err == nil && s.raw != nil {
		err = s.drained(ctx)
	}
	if err != nil {
		s.drop()
		return forward.Receipt{}, fmt.Errorf("send to %s: %w", s.address, err)
	}
	return forward.Receipt{}, nil
}

// connect takes up the connection where there is none, or where the receiver has ended it.
func (s *Sink) connect(ctx context.Context) error {
	if s.conn != nil {
		select {
		case <-s.gone:
			s.drop()
		default:
			return nil
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, s.network, s.address)
	if err != nil {
		return err
	}
	s.raw, _ = conn.(*net.TCPConn)
	if s.tls != nil {
		secure := tls.Client(conn, s.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return err
		}
		conn = secure
	}
	s.conn, s.gone = conn, make(chan struct{})
	if s.raw != nil {
		go func(conn net.Conn, gone chan struct{}) { // ends with the connection
			_, _ = io.Copy(io.Discard, conn) // a receiver of syslog says nothing
			close(gone)
		}(conn, s.gone)
	}
	return nil
}

// drained waits until the other machine has acknowledged every byte (tcp(7), SIOCOUTQ).
func (s *Sink) drained(ctx context.Context) error {
	raw, err := s.raw.SyscallConn()
	if err != nil {
		return err
	}
	for wait := 100 * time.Microsecond; ; wait = min(2*wait, 50*time.Millisecond) {
		left := 0
		var failed error
		if err := raw.Control(func(fd uintptr) { left, failed = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		if left == 0 {
			select {
			case <-s.gone:
				return errors.New("the receiver hung up")
			default:
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("the receiver does not take what is sent")
		case <-s.gone:
			return errors.New("the receiver hung up")
		case <-time.After(wait):
		}
	}
}

func (s *Sink) drop() {
	if s.conn == nil {
		return
	}
	s.conn.Close()
	if s.raw != nil {
		<-s.gone
	}
	s.conn, s.raw = nil, nil
}

// Close ends the connection.
func (s *Sink) Close() error {
	s.drop()
	return nil
}
