package rtmp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bluenviron/gortmplib/pkg/amf0"
	"github.com/bluenviron/gortmplib/pkg/handshake"
	"github.com/bluenviron/gortmplib/pkg/message"
)

// open brings a new connection to the point where it publishes and hands it to its feed, or refuses.
func (s *Server) open(ctx context.Context, l *link) {
	feed, err := s.welcome(ctx, l)
	if err == nil && s.opened(l) {
		if err = s.handOver(feed, l); err == nil {
			return
		}
	}
	s.refuse(ctx, l, err)
}

// welcome leads the dialogue up to the publish command and finds the feed for it.
func (s *Server) welcome(ctx context.Context, l *link) (*Feed, error) {
	if err := l.conn.SetDeadline(time.Now().Add(s.opt.Opening)); err != nil {
		return nil, err
	}
	if secure, ok := l.conn.(*tls.Conn); ok {
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS handshake: %w", err)
		}
	}
	first, err := l.br.Peek(1)
	if err != nil {
		return nil, err
	}
	if why := foreign(first[0]); why != "" {
		return nil, errors.New(why)
	}
	if _, _, err := handshake.DoServer(rw{l.br, writerFunc(l.write)}, false); err != nil {
		return nil, fmt.Errorf("RTMP handshake: %w", err)
	}
	return s.dialogue(l)
}

// rw joins a reader, which may have read ahead, and the writer of the same connection.
type rw struct {
	io.Reader
	io.Writer
}

// foreign names what speaks to the port where it is not RTMP, by its first byte.
func foreign(first byte) string {
	switch first {
	case 3:
		return ""
	case 6, 8:
		return "encrypted RTMP (RTMPE) is not supported: use RTMPS"
	case 0x16:
		return "the peer speaks TLS on a plain port: use rtmp://, or configure a certificate"
	case 'G', 'P', 'H', 'O', 'D':
		return "the peer speaks HTTP"
	}
	return "the peer does not speak RTMP"
}

// dialogue answers the commands of a publisher (RTMP 1.0, 7.2) until it publishes.
func (s *Server) dialogue(l *link) (*Feed, error) {
	app, connected := "", false
	for {
		c, err := l.nextCommand()
		if err != nil {
			return nil, err
		}
		switch c.name {
		case "connect":
			app, _ = c.object(0).GetString("app")
			connected = true
			err = l.accept(c.id)
		case "createStream":
			err = l.send("_result", c.id, nil, float64(1))
		case "publish":
			if !connected {
				return nil, errors.New("publish before connect")
			}
			return s.find(app, c.text(1))
		case "play", "play2":
			return nil, &refusal{&s.count.readers, codeNoPlay, "this server takes publishers only, it plays nothing"}
		}
		if err != nil {
			return nil, fmt.Errorf("answer %s: %w", c.name, err)
		}
	}
}

// accept answers the connect command.
func (l *link) accept(id int) error {
	for _, m := range []message.Message{
		&message.SetWindowAckSize{Value: 2_500_000},
		&message.SetPeerBandwidth{Value: 2_500_000, Type: 2},
		&message.SetChunkSize{Value: 4096},
	} {
		if err := l.out.Write(m); err != nil {
			return err
		}
	}
	return l.send("_result", id,
		amf0.Object{{Key: "fmsVer", Value: "FMS/3,0,1,123"}, {Key: "capabilities", Value: float64(31)}},
		amf0.Object{
			{Key: "level", Value: "status"}, {Key: "code", Value: "NetConnection.Connect.Success"},
			{Key: "description", Value: "Connection succeeded."}, {Key: "objectEncoding", Value: float64(0)},
		})
}

// streamPath joins app and key, which encoders divide between them as they like.
func streamPath(app, key string) string {
	return strings.Trim(strings.Trim(app, "/")+"/"+strings.Trim(key, "/"), "/")
}

// find returns the running feed that is published under app and key. All keys are compared, each in
// constant time, so that the answer's delay tells nothing of them.
func (s *Server) find(app, key string) (*Feed, error) {
	bare, _, _ := strings.Cut(key, "?") // what follows is for other servers
	full, short := sha256.Sum256([]byte(streamPath(app, key))), sha256.Sum256([]byte(streamPath(app, bare)))
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *Feed
	known := false
	for f := range s.feeds {
		have := sha256.Sum256([]byte(f.path))
		if subtle.ConstantTimeCompare(have[:], full[:])|subtle.ConstantTimeCompare(have[:], short[:]) == 1 {
			found = f
		}
		known = known || strings.Trim(f.app, "/") == strings.Trim(app, "/")
	}
	switch {
	case found != nil:
		return found, nil
	case known:
		return nil, &refusal{&s.count.wrongKey, codeBadName, fmt.Sprintf("wrong stream key for app %q", clip(app))}
	}
	return nil, &refusal{&s.count.unknownApp, codeBadName, fmt.Sprintf("unknown app %q", clip(app))}
}

// clip keeps what a stranger says to a length fit for a log.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// handOver tells the publisher to begin and gives the link to the feed's goroutine.
func (s *Server) handOver(f *Feed, l *link) error {
	if err := l.status("status", "NetStream.Publish.Start", "publishing"); err != nil {
		return fmt.Errorf("answer publish: %w", err)
	}
	if err := l.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	l.in.trust()
	l.silence = s.opt.Silence
	return f.offer(l)
}
