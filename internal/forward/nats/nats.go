// Package nats publishes messages to a NATS cluster with JetStream. A message counts as delivered
// when a stream of the cluster has stored it; one that is sent again is known by its id.
package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// Sink publishes to one cluster.
type Sink struct {
	settings *config.NATS
	subject  func(forward.Message) string
	secret   web.Secrets
	options  []nats.Option
	conn     *nats.Conn
	js       jetstream.JetStream
}

// New makes the sink of a cluster; it connects when there is something to send.
func New(c *config.NATS, site string, secret web.Secrets) (*Sink, error) {
	s := &Sink{settings: c, subject: Subjects(c.Subject, site), secret: secret}
	for _, name := range []string{c.PasswordCredential, c.TokenCredential, c.CredsCredential} {
		if name == "" {
			continue
		}
		if _, err := secret(name); err != nil {
			return nil, err
		}
	}
	trust, err := web.TLS(c.Trust)
	if err != nil {
		return nil, err
	}
	s.options = []nats.Option{nats.Name("vedette"), nats.MaxReconnects(-1)}
	if strings.Contains(c.URL, "tls://") || c.Trust != (config.Trust{}) {
		s.options = append(s.options, nats.Secure(trust))
	}
	return s, nil
}

// token makes a name one level of a subject.
func token(name string) string {
	return strings.NewReplacer(".", "_", " ", "_", "*", "_", ">", "_").Replace(name)
}

// Subjects tells where messages of a site are published below a subject.
func Subjects(below, site string) func(forward.Message) string {
	base := below + "." + token(site)
	return func(m forward.Message) string {
		b := m.Body()
		switch {
		case b.Incident != nil:
			return fmt.Sprintf("%s.feeds.%s.incidents.%s", base, token(b.Feed), token(b.Incident.Kind))
		case b.Digest != nil:
			return fmt.Sprintf("%s.feeds.%s.digest", base, token(b.Feed))
		case b.Heartbeat != nil:
			return base + ".heartbeat"
		case b.Incidents != nil:
			return base + ".groups"
		}
		return base + ".notices"
	}
}

// Render publishes each message for itself.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for _, m := range batch {
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: m.JSON(), Media: "application/json", To: s.subject(m)})
	}
	return drafts, nil
}

// Carry publishes one message and waits until it is stored.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	if err := s.connect(); err != nil {
		return forward.Receipt{}, fmt.Errorf("connect to the cluster: %w", err)
	}
	msg := nats.NewMsg(p.To())
	msg.Data = p.Body()
	msg.Header.Set("Content-Type", p.Media())
	_, err := s.js.PublishMsg(ctx, msg, jetstream.WithMsgID(p.Messages()[0].ID()), jetstream.WithRetryAttempts(0))
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		return forward.Receipt{}, fmt.Errorf("no stream of the cluster takes %s: make one for %s.>", p.To(), s.settings.Subject)
	}
	if err != nil {
		return forward.Receipt{}, fmt.Errorf("publish %s: %w", p.To(), err)
	}
	return forward.Receipt{}, nil
}

func (s *Sink) connect() error {
	if s.conn != nil && !s.conn.IsClosed() {
		return nil
	}
	options := s.options
	read := func(name string) (string, error) {
		if name == "" {
			return "", nil
		}
		return s.secret(name)
	}
	c := s.settings
	password, err := read(c.PasswordCredential)
	login, err2 := read(c.TokenCredential)
	creds, err3 := read(c.CredsCredential)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	switch {
	case creds != "":
		options = append(options, nats.UserCredentialBytes([]byte(creds)))
	case login != "":
		options = append(options, nats.Token(login))
	case c.User != "":
		options = append(options, nats.UserInfo(c.User, password))
	}
	if s.conn, err = nats.Connect(c.URL, options...); err != nil {
		return err
	}
	s.js, err = jetstream.New(s.conn)
	return err
}

// Close ends the connection.
func (s *Sink) Close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	return nil
}
