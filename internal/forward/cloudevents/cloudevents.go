// Package cloudevents posts messages as CloudEvents 1.0 in JSON: structured, one a request, or
// batched (CNCF CloudEvents 1.0.2, its HTTP binding and its JSON event format).
package cloudevents

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

const (
	structured = "application/cloudevents+json; charset=utf-8"
	batched    = "application/cloudevents-batch+json; charset=utf-8"
	typePrefix = "dev.vedette."
)

// Sink posts to one receiver.
type Sink struct {
	web     *web.Client
	batched bool
}

// New makes the sink of a receiver.
func New(c *config.CloudEvents, secret web.Secrets, version string) (*Sink, error) {
	client, err := web.New(c.Web, secret, version)
	if err != nil {
		return nil, err
	}
	return &Sink{client, c.Mode == "batched"}, nil
}

// event is one CloudEvent. source and id together are unique; a message that is sent again has the
// same. Without datacontenttype the data is JSON, and it names its schema itself.
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject,omitempty"`
	Time        time.Time       `json:"time"`
	Data        json.RawMessage `json:"data"`
}

func eventOf(m forward.Message) event {
	return event{
		SpecVersion: "1.0", ID: m.ID(), Source: "/vedette/" + url.PathEscape(m.Site()), Type: typePrefix + string(m.Type()),
		Subject: m.Feed(), Time: m.Time(), Data: m.JSON(),
	}
}

// Render makes one request of all, or one of each.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	if s.batched {
		events := make([]event, 0, len(batch))
		for _, m := range batch {
			events = append(events, eventOf(m))
		}
		body, err := json.Marshal(events)
		return []forward.Draft{{Messages: batch, Body: body, Media: batched}}, err
	}
	var drafts []forward.Draft
	for _, m := range batch {
		body, err := json.Marshal(eventOf(m))
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: body, Media: structured})
	}
	return drafts, nil
}

// Carry posts one request.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	target, err := s.web.Target()
	if err != nil {
		return forward.Receipt{}, err
	}
	return s.web.Post(ctx, target, p.Media(), p.Body())
}

// Close ends the connections.
func (s *Sink) Close() error { return s.web.Close() }
