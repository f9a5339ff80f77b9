package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/webhook"
)

const key = `r0uting"k3y`

// TestPresets posts an incident, a group and a notice in the form of each known receiver.
func TestPresets(t *testing.T) {
	bodies := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	defer server.Close()
	secrets := forwardtest.Secrets(map[string]string{"key": key, "url": server.URL + "/services/url-s3cret"})
	for preset, want := range map[string][]string{
		"plain":     {`"schema":"vedette.message/1"`, `"type":"incident.closed"`, `"text":"test of sink`},
		"slack":     {`"text": "[studio-4] main: freeze critical opened"`, `freeze critical closed after 1m0s`, `nothing is wrong`},
		"teams":     {`"color": "Attention"`, `"color": "Good"`, `AdaptiveCard`},
		"pagerduty": {`"event_action": "trigger"`, `"event_action": "resolve"`, `"severity": "info"`},
	} {
		t.Run(preset, func(t *testing.T) {
			sink, err := webhook.New(&config.Webhook{Preset: preset, SecretCredential: "key", Web: config.Web{URLCredential: "url"}}, secrets, "1")
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{})
			i := forwardtest.Incident("main", "freeze", 1)
			r.Publish(forwardtest.Change(detectors.Opened, i), forwardtest.Change(detectors.Closed, i))
			r.Delivered(2)
			if err := r.Test(t.Context(), "sink"); err != nil {
				t.Fatal(err)
			}
			for n := range 3 {
				body := <-bodies
				var value map[string]any
				if err := json.Unmarshal([]byte(body), &value); err != nil || !strings.Contains(body, want[n]) {
					t.Errorf("%v: %s", err, body)
				}
				if preset == "pagerduty" {
					if value["routing_key"] != key || n < 2 && value["dedup_key"] != i.ID {
						t.Errorf("got %s", body)
					}
				}
			}
			sent, _ := r.Egress()
			text, err := json.Marshal(sent)
			if err != nil || strings.Contains(string(text)+r.Log.String(), "r0uting") || strings.Contains(string(text)+r.Log.String(), "url-s3cret") {
				t.Errorf("a secret is kept of what was sent: %s", text)
			}
		})
	}
}

// TestTemplate has templates of an operator: a good one, and those with a mistake, which is told at
// the start or puts the message aside.
func TestTemplate(t *testing.T) {
	bodies := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	defer server.Close()
	open := func(text string) (*webhook.Sink, error) {
		path := filepath.Join(t.TempDir(), "template")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return webhook.New(&config.Webhook{Template: path, Web: config.Web{URL: server.URL}}, nil, "1")
	}
	good, err := open(`{"n": {{len .All}}, "feed": {{json .Feed}}, "detail": {{json .Incident.Detail}}, "up": {{json (upper .Verb)}}}`)
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, good, forward.Policy{})
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 1)))
	if got, want := <-bodies, `{"n": 1, "feed": "main", "detail": "no change for \"3.0 s\" ]\\ äß", "up": "OPENED"}`; got != want {
		t.Errorf("got %s", got)
	}
	if _, err := open(`{{.Title`); err == nil || !strings.Contains(err.Error(), "the template of the webhook") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{`{"a": {{.Title}}}`: "what is no JSON", `{{.Nothing}}`: "can't evaluate field Nothing"} {
		bad, err := open(text)
		if err != nil {
			t.Fatal(err)
		}
		r := forwardtest.Start(t, bad, forward.Policy{})
		r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 1)))
		r.Until("it is put aside", func() bool { return r.State().Dead >= 1 }) // and then the notice of it
		letters, err := r.Dead(t.Context(), "sink", 10)
		if err != nil || len(letters) == 0 || !strings.Contains(letters[0].Reason, want) {
			t.Errorf("%s: %+v, %v", text, letters, err)
		}
	}
}
