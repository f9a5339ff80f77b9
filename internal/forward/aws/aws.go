// Package aws sends messages to three services of Amazon Web Services, up to ten a request: queues
// (SQS), topics (SNS) and event buses (EventBridge).
//
// To a FIFO queue or topic each feed is a message group, and the id of a message is its
// deduplication id: the service keeps the order of each feed and drops what comes again within
// five minutes. Standard queues and topics and event buses keep no order; there the time in each
// message tells it.
package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

const (
	// mostEntries and mostBytes bound one request, as all three services do.
	mostEntries = 10
	mostBytes   = 240 << 10 // of the messages; their attributes count too
)

// entry is one message as it is sent.
type entry struct {
	Message    json.RawMessage   `json:"message"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Subject    string            `json:"subject,omitempty"`
	Group      string            `json:"group,omitempty"`
	Duplicate  string            `json:"deduplication,omitempty"`
}

// item is an entry with the message that it was made of.
type item struct {
	entry
	message forward.Message
}

// send sends entries and returns what became of each, or why the request failed as a whole.
type send func(ctx context.Context, batch []item) ([]error, error)

// Sink sends to one queue, topic or event bus.
type Sink struct {
	service string
	host    string
	fifo    bool
	entry   func(forward.Message) entry
	dial    func() send
	send    send
	keys    keys
	with    aws.Credentials // that send signs with
	web     *web.Client
	// taken are the ids of messages that were taken of a parcel of which others were not.
	taken map[string]bool
}

// open makes what is common to the three. Nothing is read from the environment but the proxy.
func open(service string, c config.AWS, secret web.Secrets, version string) (*Sink, aws.Config, error) {
	client, err := web.New(config.Web{Trust: c.Trust, Proxy: c.Proxy, ProxyCredential: c.ProxyCredential}, secret, version)
	if err != nil {
		return nil, aws.Config{}, err
	}
	s := &Sink{service: service, host: c.Region, keys: keys{secret, c.KeysCredential}, web: client, taken: map[string]bool{}}
	if _, err := s.keys.Retrieve(context.Background()); err != nil {
		return nil, aws.Config{}, err
	}
	settings := aws.Config{
		Region: c.Region, Credentials: s.keys, HTTPClient: client, AppID: "vedette",
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }, // the engine knows when to try again
	}
	if c.Endpoint != "" {
		settings.BaseEndpoint = aws.String(c.Endpoint)
		if u, err := url.Parse(c.Endpoint); err == nil {
			s.host = u.Host
		}
	}
	return s, settings, nil
}

// Render packs messages into requests. In a request to a FIFO queue each feed is there once: were
// one of two refused, the other would overtake it.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	var entries []entry
	var messages []forward.Message
	size, groups := 0, map[string]bool{}
	flush := func() error {
		body, err := json.Marshal(entries)
		drafts = append(drafts, forward.Draft{Messages: messages, Body: body, Media: "application/json"})
		entries, messages, size = nil, nil, 0
		clear(groups)
		return err
	}
	for _, m := range batch {
		e := s.entry(m)
		if len(entries) > 0 && (len(entries) == mostEntries || size+len(e.Message) > mostBytes || s.fifo && groups[e.Group]) {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		entries, messages = append(entries, e), append(messages, m)
		size += len(e.Message)
		groups[e.Group] = true
	}
	return drafts, flush()
}

// Carry sends one request, or what is left of it where a part was taken before.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	var entries []entry
	if err := json.Unmarshal(p.Body(), &entries); err != nil {
		return forward.Receipt{}, fmt.Errorf("read what is to be sent: %w", err)
	}
	var left []item
	for n, m := range p.Messages() {
		if !s.taken[m.ID()] {
			left = append(left, item{entries[n], m})
		}
	}
	if len(left) > 0 {
		if err := s.attempt(ctx, left); err != nil {
			return forward.Receipt{}, err
		}
	}
	for _, m := range p.Messages() {
		delete(s.taken, m.ID())
	}
	return forward.Receipt{}, nil
}

// errUnsaid is of an entry that the answer does not mention.
var errUnsaid = errors.New("the answer does not tell what became of it")

// attempt notes which entries were taken and returns why others were not: what may pass comes
// before what is refused for good.
func (s *Sink) attempt(ctx context.Context, left []item) error {
	// The SDK keeps what it derives from a secret by the id of the key: new keys need a new client.
	with, err := s.keys.Retrieve(ctx)
	if err != nil {
		return err
	}
	if s.send == nil || with != s.with {
		s.send, s.with = s.dial(), with
	}
	results, err := s.send(ctx, left)
	if err != nil {
		return s.judge(err)
	}
	failed := 0
	var refused, passing error
	for n, i := range left {
		switch err := results[n]; {
		case err == nil:
			s.taken[i.message.ID()] = true
			continue
		case forward.IsRefused(err):
			refused = err
		default:
			passing = err
		}
		failed++
	}
	err = passing
	if err == nil {
		err = refused
	}
	if err != nil && len(left) > 1 {
		return fmt.Errorf("%d of %d messages: %w", failed, len(left), err)
	}
	return err
}

// Close ends the connections.
func (s *Sink) Close() error { return s.web.Close() }

// attributes are what a subscription can filter by.
func attributes(m forward.Message) map[string]string {
	a := map[string]string{"type": string(m.Type()), "site": m.Site(), "severity": m.Severity().String()}
	if m.Feed() != "" {
		a["feed"] = m.Feed()
	}
	return a
}

// usable is what a group and a deduplication id may be.
var usable = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,./:;<=>?@\\[\\\\\\]^_`{|}~-]{1,128}$")

// ordered sets what a FIFO queue or topic wants. What concerns no feed is a group of its own.
func (e *entry) ordered(m forward.Message) {
	e.Group, e.Duplicate = handle("feed/"+m.Feed()), handle(m.ID())
	if m.Feed() == "" {
		e.Group = "daemon"
	}
}

// handle is a name, or its digest where the name cannot be used.
func handle(name string) string {
	if usable.MatchString(name) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}
