package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/aws"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
)

var secrets = forwardtest.Secrets(map[string]string{"keys": keysFile})

func common(endpoint string) config.AWS {
	return config.AWS{Region: "eu-central-1", Endpoint: endpoint, KeysCredential: "keys"}
}

// kinds are the sinks under test; a FIFO queue and topic keep order.
var kinds = []struct {
	name string
	fifo bool
	open func(endpoint string, secret func(string) (string, error)) (*aws.Sink, error)
}{
	{"sqs", false, queue("vedette")},
	{"sqs fifo", true, queue("vedette.fifo")},
	{"sns", false, topic("vedette")},
	{"sns fifo", true, topic("vedette.fifo")},
	{"eventbridge", false, func(endpoint string, secret func(string) (string, error)) (*aws.Sink, error) {
		return aws.NewEventBridge(&config.EventBridge{EventBus: "default", Source: "vedette", AWS: common(endpoint)}, secret, "1")
	}},
}

func queue(name string) func(string, func(string) (string, error)) (*aws.Sink, error) {
	return func(endpoint string, secret func(string) (string, error)) (*aws.Sink, error) {
		return aws.NewSQS(&config.SQS{Queue: endpoint + "/123456789012/" + name, AWS: common(endpoint)}, secret, "1")
	}
}

func topic(name string) func(string, func(string) (string, error)) (*aws.Sink, error) {
	return func(endpoint string, secret func(string) (string, error)) (*aws.Sink, error) {
		return aws.NewSNS(&config.SNS{Topic: "arn:aws:sns:eu-central-1:123456789012:" + name, AWS: common(endpoint)}, secret, "1")
	}
}

// TestServices sends through throttling, an error of the service, a batch of which a part is not
// taken, and an answer that says nothing of one entry. All arrives, each once and where the service
// keeps order in that of its feed.
func TestServices(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := newStandIn(t)
			s.script = func(call int, entries []sent) []refusal {
				switch call {
				case 0:
					return []refusal{{-1, "ThrottlingException", false}}
				case 1:
					return []refusal{{-1, "InternalFailure", false}}
				case 2:
					return []refusal{{0, "InternalError", false}, {len(entries) / 2, "ThrottlingException", true}}
				}
				return nil
			}
			sink, err := k.open(s.url, secrets)
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{Route: forward.Route{NoDigests: true}})
			const feeds, each = 3, 12
			var changes []detectors.Change
			for n := range each {
				for f := range feeds {
					changes = append(changes, forwardtest.Change(detectors.Opened, forwardtest.Incident(fmt.Sprint("feed-", f), "freeze", n)))
				}
			}
			r.Publish(changes...)
			r.Delivered(feeds * each)
			got, next, ids := s.all(), map[string]int{}, map[string]bool{}
			schema, err := forward.LoadSchema()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got {
				var m forward.Body
				if err := errors.Join(json.Unmarshal([]byte(e.body), &m), schema.Check([]byte(e.body))); err != nil {
					t.Fatalf("%s: %v", e.body, err)
				}
				if k.fifo && (!m.Incident.Began.Equal(forwardtest.Incident(m.Feed, "freeze", next[m.Feed]).Began) || e.group != "feed/"+m.Feed || e.duplicate != m.ID) {
					t.Errorf("%s of group %s with id %s comes after %d others", m.ID, e.group, e.duplicate, next[m.Feed])
				}
				if ids[m.ID] {
					t.Errorf("%s came twice", m.ID)
				}
				if e.kind != "incident.opened" || e.source == "" && e.feed != m.Feed || !k.fifo && e.group+e.duplicate != "" {
					t.Errorf("entry %+v", e)
				}
				next[m.Feed]++
				ids[m.ID] = true
			}
			if len(ids) != feeds*each {
				t.Errorf("%d of %d messages arrived", len(ids), feeds*each)
			}
			told(t, r.Log.String())
		})
	}
}

// told fails where a text holds a secret.
func told(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{keyID, secretKey, session} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is told: %s", text)
		}
	}
}

// TestUnsaid sends again what the answer does not mention.
func TestUnsaid(t *testing.T) {
	s := newStandIn(t)
	s.forget = 2
	sink, err := queue("vedette")(s.url, secrets)
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{})
	r.Publish(many("main", 4)...)
	r.Delivered(4)
	if got := s.all(); len(got) != 5 || got[4].body != got[2].body {
		t.Errorf("%d messages arrived: %v", len(got), got)
	}
}

func many(feed string, n int) []detectors.Change {
	var changes []detectors.Change
	for i := range n {
		changes = append(changes, forwardtest.Change(detectors.Opened, forwardtest.Incident(feed, "freeze", i)))
	}
	return changes
}

// TestSignature is turned away with a wrong secret and says where to look; when the credential is
// mended all arrives.
func TestSignature(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := newStandIn(t)
			var mended atomic.Bool
			sink, err := k.open(s.url, func(string) (string, error) {
				if mended.Load() {
					return keysFile, nil
				}
				return strings.Replace(keysFile, "s3cr3t", "s3cr3u", 1), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{})
			r.Publish(many("main", 3)...)
			r.Until("the wrong signature is told", func() bool {
				return strings.Contains(r.State().LastError, "answered SignatureDoesNotMatch: look at aws_secret_access_key, region and the clock")
			})
			if got := s.all(); len(got) != 0 {
				t.Errorf("%d messages were taken", len(got))
			}
			mended.Store(true)
			r.Delivered(3)
			if state := r.State(); state.Dead != 0 || len(s.all()) != 3 {
				t.Errorf("%+v", state)
			}
			told(t, r.Log.String()+r.State().LastError)
		})
	}
}

// TestOversize puts the one message aside that the service finds too long; the others arrive once.
func TestOversize(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := newStandIn(t)
			code := map[string]string{"sqs": "InvalidParameterValue", "sns": "InvalidParameter", "eve": "ValidationException"}[k.name[:3]]
			s.script = func(_ int, entries []sent) []refusal {
				for n, e := range entries {
					if len(e.body) > 600 && strings.HasPrefix(code, "Validation") {
						return []refusal{{-1, code, true}} // an event bus refuses the request as a whole
					} else if len(e.body) > 600 {
						return []refusal{{n, code, true}}
					}
				}
				return nil
			}
			sink, err := k.open(s.url, secrets)
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{Name: "cloud", Attempts: 2})
			changes := many("main", 6)
			changes[2].Incident.Detail = strings.Repeat("long ", 60)
			r.Publish(changes...)
			r.Delivered(5)
			r.Until("one was put aside", func() bool { return r.State().Dead == 1 })
			letters, err := r.Dead(t.Context(), "cloud", 10)
			if err != nil || len(letters) != 1 || !strings.Contains(string(letters[0].Message), "long long") || !strings.Contains(letters[0].Reason, code) {
				t.Errorf("%v, %v", letters, err)
			}
			incidents := 0
			for _, e := range s.all() {
				if e.kind == "incident.opened" {
					incidents++
				}
			}
			if incidents != 5 {
				t.Errorf("%d arrived", incidents)
			}
		})
	}
}

// TestPacking looks at how messages are put into requests.
func TestPacking(t *testing.T) {
	message := func(feed string, n int) forward.Message {
		return forward.NewChange("studio 4", forwardtest.Change(detectors.Opened, forwardtest.Incident(feed, "freeze", n)), forwardtest.Noon)
	}
	var one, several []forward.Message
	for n := range 25 {
		one, several = append(one, message("main", n)), append(several, message(fmt.Sprint("feed-", n%5), n))
	}
	for _, c := range []struct {
		kind     int
		messages []forward.Message
		want     string
	}{
		{0, one, "[10 10 5]"}, {4, several, "[10 10 5]"}, {1, several, "[5 5 5 5 5]"}, {3, one[:3], "[1 1 1]"},
	} {
		sink, err := kinds[c.kind].open("http://127.0.0.1:1", secrets)
		if err != nil {
			t.Fatal(err)
		}
		drafts, err := sink.Render(c.messages)
		var sizes []int
		n := 0
		for _, d := range drafts {
			sizes = append(sizes, len(d.Messages))
			for _, m := range d.Messages {
				if m.ID() != c.messages[n].ID() {
					t.Errorf("message %d is %s", n, m.ID())
				}
				n++
			}
		}
		if err != nil || fmt.Sprint(sizes) != c.want {
			t.Errorf("%s: %v, want %s, %v", kinds[c.kind].name, sizes, c.want, err)
		}
	}
}

// TestHostile holds the sinks against endpoints that are no service at all.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"hangs": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the client went away
			<-r.Context().Done()
		}, "no answer in time"},
		"closes": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, "307"},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }, ""},
		"an error page": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<html>sorry</html>")
		}, ""},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for range 3000 {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}, ""},
		"quotes the secret": {func(w http.ResponseWriter, _ *http.Request) {
			fail(w, "sqs", 400, "Strange", keyID+" "+secretKey+" "+session)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range kinds {
				server := httptest.NewUnstartedServer(c.handler)
				server.Config.ErrorLog = nil
				server.Start()
				sink, err := k.open(server.URL, secrets)
				if err != nil {
					t.Fatal(err)
				}
				drafts, err := sink.Render([]forward.Message{forward.NewTest("studio-4", "cloud", forwardtest.Noon)})
				if err != nil {
					t.Fatal(err)
				}
				p, err := forward.NewGate(forward.Limits{}).Admit(drafts[0], forwardtest.Noon)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				_, err = sink.Carry(ctx, p)
				cancel()
				if err == nil || forward.IsRefused(err) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v", k.name, err)
				} else {
					told(t, err.Error())
				}
				sink.Close()
				server.CloseClientConnections()
				server.Close()
			}
		})
	}
}

// TestEnvironment sets what other programs take their keys from: none of it counts.
func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDOFSOMEBODYELSE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x", "AWS_REGION": "us-east-1",
		"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	s := newStandIn(t)
	sink, err := queue("vedette")(s.url, secrets)
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{})
	r.Publish(many("main", 1)...)
	r.Delivered(1)
	_, err = queue("vedette")(s.url, forwardtest.Secrets(nil))
	if err == nil || !strings.Contains(err.Error(), "credential keys: systemd provided no such one") {
		t.Errorf("got %v", err)
	}
}

// TestKeys reads credentials in the forms that operators have.
func TestKeys(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{keysFile, ""},
		{"aws_access_key_id=AKID\naws_secret_access_key=x=y==", ""},
		{"# mine\n\n[default]\r\naws_access_key_id = AKID\r\naws_secret_access_key = x\r\nregion = eu-west-1", ""},
		{"[a]\naws_access_key_id = AKID\naws_secret_access_key = x\n[b]\n", "it has several profiles: keep the one to use"},
		{"aws_access_key_id = AKID", "it has no aws_access_key_id and aws_secret_access_key"},
		{"AKID:" + secretKey, "it is not of the form aws_access_key_id = ..., one a line"},
	} {
		_, err := queue("vedette")("http://127.0.0.1:1", func(string) (string, error) { return c.text, nil })
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != "credential keys: "+c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}
