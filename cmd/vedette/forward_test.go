package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/internal/forward"
)

// cloud is a receiver of CloudEvents that can go down.
type cloud struct {
	mu      sync.Mutex
	down    bool
	events  []cloudEvent
	arrived []time.Time
	wrong   []string
}

type cloudEvent struct {
	ID, Source, Type, Subject, SpecVersion string
	Data                                   json.RawMessage
}

const cloudToken, cloudKey = "e2e-t0ken-s3cret", "e2e-hmac-s3cret"

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if c.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if err == nil {
		err = forward.CheckSignature(r.Header.Get(forward.SignatureHeader), cloudKey, body, time.Now())
	}
	if err != nil || r.Header.Get("Authorization") != "Bearer "+cloudToken {
		c.wrong = append(c.wrong, "signature or token: "+string(body))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var events []cloudEvent
	if err := json.Unmarshal(body, &events); err != nil {
		c.wrong = append(c.wrong, err.Error())
	}
	c.events = append(c.events, events...)
	for range events {
		c.arrived = append(c.arrived, time.Now())
	}
	w.WriteHeader(http.StatusAccepted)
}

func (c *cloud) set(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// types are those of the events of a feed, without digests and heartbeats.
func (c *cloud) types() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	types := []string{}
	for _, e := range c.events {
		if strings.Contains(e.Type, ".incident.") {
			types = append(types, strings.TrimPrefix(e.Type, "dev.vedette.incident.")+" "+strings.Split(e.ID, "/")[2])
		}
	}
	return types
}

// TestForwarded is a daemon whose feed never comes: the incident reaches a receiver signed, also
// after an outage and a kill of the daemon; it is acknowledged by the API; and no secret is in the
// log, in the API or in what is kept of what was sent.
func TestForwarded(t *testing.T) {
	receiver := &cloud{}
	server := httptest.NewServer(receiver)
	defer server.Close()
	credentials := t.TempDir()
	for name, secret := range map[string]string{"token": cloudToken, "hmac": cloudKey} {
		if err := os.WriteFile(filepath.Join(credentials, name), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := newDaemon(t, `
log_level: debug
egress: {digest: 10s}
forward:
  - {type: cloudevents, name: cloud, url: "`+server.URL+`", token_credential: token, signature_credential: hmac, heartbeat: 1s, backoff_max: 1s}
detectors: {no-signal: {for: 500ms}}
feeds: [{name: main, source: "rtmp://RTMP/live/main"}]
`)
	d.env = []string{"CREDENTIALS_DIRECTORY=" + credentials}
	d.start()
	d.until(20*time.Second, "the incident forwarded", func() bool { return slices.Equal(receiver.types(), []string{"opened no-signal"}) })
	receiver.set(true)
	open := d.incidents("open=true")
	if len(open) != 1 {
		t.Fatalf("open are %v", open)
	}
	send := func(path, body string) int {
		response, err := http.Post("http://"+d.api+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	body, err := json.Marshal(map[string]string{"incident": open[0].ID, "by": "mira"})
	if err != nil {
		t.Fatal(err)
	}
	if code := send("/api/v1/incidents/acknowledge", string(body)); code != http.StatusOK {
		t.Errorf("acknowledge: %d", code)
	}
	if code := send("/api/v1/sinks/cloud/test", ""); code != http.StatusBadGateway {
		t.Errorf("a test while the receiver is down: %d", code)
	}
	d.kill()
	d.start()
	var state struct{ Sinks []forward.SinkState }
	d.until(20*time.Second, "the outage noticed", func() bool {
		d.get("/api/v1/sinks", &state)
		return len(state.Sinks) == 1 && state.Sinks[0].State != "up" && state.Sinks[0].Behind >= 1
	})
	receiver.set(false)
	d.until(20*time.Second, "the acknowledgement forwarded", func() bool {
		return slices.Contains(receiver.types(), "acknowledged no-signal")
	})
	if code := send("/api/v1/sinks/cloud/test", ""); code != http.StatusOK {
		t.Errorf("a test: %d", code)
	}
	d.until(30*time.Second, "a digest forwarded", func() bool {
		receiver.mu.Lock()
		defer receiver.mu.Unlock()
		return slices.ContainsFunc(receiver.events, func(e cloudEvent) bool { return e.Type == "dev.vedette.digest" && e.Subject == "main" })
	})
	checkForwarded(t, d, receiver)
	d.stop()
	for name, text := range map[string]string{"log": d.log.String()} {
		for _, secret := range []string{cloudToken, cloudKey} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the %s", name)
			}
		}
	}
}

// checkForwarded holds what arrived against the schema, and what the daemon says it sent against
// vedette egress --verify.
func checkForwarded(t *testing.T, d *testDaemon, receiver *cloud) {
	t.Helper()
	schema, err := forward.LoadSchema()
	if err != nil {
		t.Fatal(err)
	}
	receiver.mu.Lock()
	defer receiver.mu.Unlock()
	for _, wrong := range receiver.wrong {
		t.Error(wrong)
	}
	for _, e := range receiver.events {
		if err := schema.Check(e.Data); err != nil || e.SpecVersion != "1.0" || e.Source != "/vedette/test" {
			t.Errorf("%v: %+v", err, e)
		}
	}
	response, err := http.Get("http://" + d.api + "/api/v1/egress")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || strings.Contains(string(text), cloudKey) || strings.Contains(string(text), cloudToken) {
		t.Fatalf("a secret is shown, or %v", err)
	}
	file, key := filepath.Join(t.TempDir(), "egress.json"), filepath.Join(t.TempDir(), "key")
	for path, content := range map[string][]byte{file: text, key: []byte(cloudKey)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, said, code := vedette(t, "egress", "--verify", file, "--key", key); code != 0 || !strings.Contains(out, "none changed") {
		t.Errorf("egress --verify: %d %s %s", code, out, said)
	}
	bad := strings.Replace(string(text), `"feed":"main"`, `"feed":"evil"`, 1)
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := vedette(t, "egress", "--verify", file); code != exitNotSeen || bad == string(text) {
		t.Errorf("a changed log: %d %s", code, said)
	}
}
