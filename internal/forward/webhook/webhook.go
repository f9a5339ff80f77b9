// Package webhook posts each message as JSON in the form that its receiver wants: a template makes
// it. There are some for known receivers.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// secretMark stands in the body for the secret of the receiver, which is put in as the body leaves:
// what is kept and shown of it has the mark.
const secretMark = "{{secret}}"

// Sink posts to one receiver.
type Sink struct {
	web      *web.Client
	template *template.Template // nil sends the message as it is
	secret   func() (string, error)
}

// New makes the sink of a receiver.
func New(c *config.Webhook, secret web.Secrets, version string) (*Sink, error) {
	client, err := web.New(c.Web, secret, version)
	if err != nil {
		return nil, err
	}
	s := &Sink{web: client, secret: func() (string, error) { return "", nil }}
	if c.SecretCredential != "" {
		s.secret = func() (string, error) { return secret(c.SecretCredential) }
		if _, err := s.secret(); err != nil {
			return nil, err
		}
	}
	text := presets[c.Preset]
	if c.Template != "" {
		file, err := os.ReadFile(c.Template)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		text = string(file)
	}
	if text == "" {
		return s, nil
	}
	s.template, err = template.New("webhook").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the template of the webhook: %w", err)
	}
	return s, nil
}

// functions are what a template has beside the message.
var functions = template.FuncMap{
	"json": func(value any) (string, error) { // a value as JSON, with its quotes
		text, err := json.Marshal(value)
		return string(text), err
	},
	"secret": func() string { return secretMark },
	"upper":  strings.ToUpper,
}

// view is what a template is given.
type view struct {
	forward.Body
	Title    string // one line for people
	Detail   string // what was seen, one line for each incident
	Verb     string // "opened", "updated", "closed", "acknowledged", "still open" or ""
	Severity string
	Open     bool // it is about something that goes on
	All      []forward.Incident
}

// Render makes one request of each message.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for _, m := range batch {
		body := m.JSON()
		if s.template != nil {
			var text bytes.Buffer
			v := view{Body: m.Body(), Title: m.Title(), Detail: m.Detail(), Verb: m.Verb(), Severity: m.Severity().String(),
				Open: m.Verb() != "closed", All: m.Incidents()}
			if err := s.template.Execute(&text, v); err != nil {
				return nil, fmt.Errorf("the template of the webhook: %w", err)
			}
			if body = text.Bytes(); !json.Valid(body) {
				return nil, errors.New("the template of the webhook made what is no JSON: write texts with json, like {{json .Title}}")
			}
		}
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: body, Media: "application/json"})
	}
	return drafts, nil
}

// Carry posts one request.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	target, err := s.web.Target()
	if err != nil {
		return forward.Receipt{}, err
	}
	secret, err := s.secret()
	if err != nil {
		return forward.Receipt{}, err
	}
	quoted, err := json.Marshal(secret)
	if err != nil {
		return forward.Receipt{}, errors.New("the secret cannot be written as JSON")
	}
	body := bytes.ReplaceAll(p.Body(), []byte(secretMark), bytes.Trim(quoted, `"`))
	return s.web.Post(ctx, target, p.Media(), body)
}

// Close ends the connections.
func (s *Sink) Close() error { return s.web.Close() }
