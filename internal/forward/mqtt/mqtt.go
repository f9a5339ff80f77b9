// Package mqtt publishes messages to a broker by MQTT 5 (OASIS standard, 2019), with QoS 1. The last
// word on each kind of fault of each feed is retained, so that whoever subscribes sees at once how
// the feeds are; and a last will tells when the daemon is gone.
package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

const keepAlive = 30 // seconds

// Sink publishes to one broker.
type Sink struct {
	settings *config.MQTT
	address  string
	tls      *tls.Config // nil for mqtt://
	secret   web.Secrets
	base     string // of all topics
	client   *paho.Client
}

// New makes the sink of a broker; it connects when there is something to send.
func New(c *config.MQTT, site string, secret web.Secrets) (*Sink, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("the URL of the broker is not usable")
	}
	site = level(site)
	s := &Sink{settings: c, secret: secret, base: c.Topic + "/" + site}
	port := "1883"
	if u.Scheme == "mqtts" {
		port = "8883"
		if s.tls, err = web.TLS(c.Trust); err != nil {
			return nil, err
		}
		s.tls.ServerName = u.Hostname()
	}
	if u.Port() != "" {
		port = u.Port()
	}
	s.address = net.JoinHostPort(u.Hostname(), port)
	if c.ClientID == "" {
		c.ClientID = "vedette-" + site
	}
	if c.PasswordCredential != "" {
		if _, err := secret(c.PasswordCredential); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// level makes a name one level of a topic.
func level(name string) string {
	return strings.NewReplacer("/", "_", "+", "_", "#", "_").Replace(name)
}

// topic is where a message belongs, and whether it is the last word there.
func (s *Sink) topic(m forward.Message) (topic string, retain bool) {
	b := m.Body()
	switch {
	case b.Incident != nil:
		return fmt.Sprintf("%s/feeds/%s/incidents/%s", s.base, level(b.Feed), level(b.Incident.Kind)), true
	case b.Digest != nil:
		return fmt.Sprintf("%s/feeds/%s/digest", s.base, level(b.Feed)), true
	case b.Heartbeat != nil:
		return s.base + "/heartbeat", false
	case b.Incidents != nil:
		return s.base + "/groups", false
	}
	return s.base + "/notices", false
}

// Render publishes each message for itself.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for _, m := range batch {
		topic, _ := s.topic(m)
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: m.JSON(), Media: "application/json", To: topic})
	}
	return drafts, nil
}

// Carry publishes one message and waits until the broker has it.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	if err := s.connect(ctx); err != nil {
		return forward.Receipt{}, err
	}
	m := p.Messages()[0]
	_, retain := s.topic(m)
	answer, err := s.client.Publish(ctx, &paho.Publish{
		QoS: 1, Retain: retain, Topic: p.To(), Payload: p.Body(),
		Properties: &paho.PublishProperties{ContentType: p.Media(), User: paho.UserProperties{{Key: "id", Value: m.ID()}}},
	})
	if answer != nil && answer.ReasonCode >= 0x80 {
		return forward.Receipt{}, denied(answer.ReasonCode, p.To())
	}
	if err != nil {
		s.drop()
		return forward.Receipt{}, fmt.Errorf("%s: publish: %w", s.address, err)
	}
	return forward.Receipt{}, nil
}

// denied says what the broker said. What is wrong with the message itself is refused for good.
func denied(code byte, topic string) error {
	err := fmt.Errorf("the broker does not take a message for %s: reason 0x%02x", topic, code)
	switch code {
	case packets.PubackNotAuthorized:
		return fmt.Errorf("%w, not authorized: let this user publish there", err)
	case packets.PubackPayloadFormatInvalid, packets.PubackTopicNameInvalid:
		return forward.Refused(err)
	}
	return err
}

// connect takes up the connection where there is none.
func (s *Sink) connect(ctx context.Context) error {
	if s.client != nil {
		select {
		case <-s.client.Done():
			s.drop()
		default:
			return nil
		}
	}
	password := ""
	if s.settings.PasswordCredential != "" {
		var err error
		if password, err = s.secret(s.settings.PasswordCredential); err != nil {
			return err
		}
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("connect to the broker: %w", err)
	}
	client := paho.NewClient(paho.ClientConfig{ClientID: s.settings.ClientID, Conn: packets.NewThreadSafeConn(conn)})
	answer, err := client.Connect(ctx, &paho.Connect{
		ClientID: s.settings.ClientID, KeepAlive: keepAlive, CleanStart: true,
		Username: s.settings.User, UsernameFlag: s.settings.User != "", Password: []byte(password), PasswordFlag: password != "",
		WillMessage: &paho.WillMessage{Retain: true, QoS: 1, Topic: s.base + "/status", Payload: []byte("offline")},
	})
	if err != nil {
		conn.Close()
		if answer != nil {
			return fmt.Errorf("the broker %s refuses the connection: reason 0x%02x", s.address, answer.ReasonCode)
		}
		return fmt.Errorf("connect to the broker %s: %w", s.address, err)
	}
	s.client = client
	if _, err := client.Publish(ctx, &paho.Publish{QoS: 1, Retain: true, Topic: s.base + "/status", Payload: []byte("online")}); err != nil {
		s.drop()
		return fmt.Errorf("%s: say that we are there: %w", s.address, err)
	}
	return nil
}

func (s *Sink) dial(ctx context.Context) (net.Conn, error) {
	if s.tls == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", s.address)
	}
	return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address)
}

// drop ends a connection that is of no more use.
func (s *Sink) drop() {
	if s.client != nil {
		_ = s.client.Disconnect(&paho.Disconnect{ReasonCode: 4}) // with the last will; it may be gone already
		s.client = nil
	}
}

// Close says that the daemon is gone, which the last will does.
func (s *Sink) Close() error {
	s.drop()
	return nil
}
