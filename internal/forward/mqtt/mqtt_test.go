package mqtt_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/mqtt"
)

const password = "mqtt-s3cret"

// broker is mosquitto with TLS, one user, and one topic that nobody may publish to.
type broker struct {
	t         *testing.T
	config    string
	port      string
	authority *forwardtest.Authority
	said      *forwardtest.Log
	stop      func()
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	if _, err := exec.LookPath("mosquitto_passwd"); err != nil {
		t.Skip("mosquitto is not installed")
	}
	dir := t.TempDir()
	b := &broker{t: t, config: filepath.Join(dir, "mosquitto.conf"), port: forwardtest.Port(t), authority: forwardtest.NewAuthority(t)}
	certificate, key := b.authority.Issue("server", time.Hour)
	passwords, acl := filepath.Join(dir, "passwords"), filepath.Join(dir, "acl")
	if said, err := exec.Command("mosquitto_passwd", "-b", "-c", passwords, "vedette", password).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	put := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(acl, "user vedette\ntopic readwrite vedette/#\ntopic deny vedette/studio-4/feeds/denied/incidents/freeze\n")
	put(b.config, fmt.Sprintf("user root\nlistener %s 127.0.0.1\ncertfile %s\nkeyfile %s\ncafile %s\npassword_file %s\nacl_file %s\npersistence true\npersistence_location %s/\n",
		b.port, certificate, key, b.authority.File, passwords, acl, dir))
	b.start()
	return b
}

func (b *broker) start() {
	b.t.Helper()
	b.said, b.stop = forwardtest.Peer(b.t, "mosquitto", "-c", b.config)
	forwardtest.Listens(b.t, b.port)
}

// subscribe follows topics with mosquitto's own client.
func (b *broker) subscribe(topic string) *forwardtest.Log {
	b.t.Helper()
	said, _ := forwardtest.Peer(b.t, "mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", b.port, "--cafile", b.authority.File,
		"-u", "vedette", "-P", password, "-t", topic, "-q", "1", "-F", "%r %t %C %p")
	return said
}

func (b *broker) sink() *mqtt.Sink {
	b.t.Helper()
	s, err := mqtt.New(&config.MQTT{URL: "mqtts://127.0.0.1:" + b.port, User: "vedette", PasswordCredential: "p", Topic: "vedette",
		Trust: config.Trust{CA: b.authority.File}}, "studio-4", forwardtest.Secrets(map[string]string{"p": password}))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// TestMosquitto publishes to a real broker over TLS, also after it was killed and started again;
// the state is retained for who comes later, and the last will tells that we are gone.
func TestMosquitto(t *testing.T) {
	b := newBroker(t)
	sink := b.sink()
	r := forwardtest.Start(t, sink, forward.Policy{})
	i := forwardtest.Incident("main", "freeze", 1)
	heard := b.subscribe("vedette/#")
	r.Publish(forwardtest.Change(detectors.Opened, i))
	r.Until("opened", func() bool {
		return heard.Has("vedette/studio-4/feeds/main/incidents/freeze application/json {") && heard.Has(`"type":"incident.opened"`)
	})
	if !heard.Has("vedette/studio-4/status  online") {
		t.Errorf("not online: %s", heard)
	}
	b.stop()
	r.Publish(forwardtest.Change(detectors.Closed, i))
	r.Until("the broker is missed", func() bool { return r.State().LastError != "" })
	b.start()
	r.Delivered(2)
	late := b.subscribe("vedette/#")
	r.Until("the state is retained", func() bool {
		return late.Has("1 vedette/studio-4/feeds/main/incidents/freeze application/json {") && late.Has(`"type":"incident.closed"`)
	})
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	r.Until("offline", func() bool { return late.Has("vedette/studio-4/status  offline") })
	for _, text := range []string{r.Log.String(), r.State().LastError} {
		if strings.Contains(text, password) {
			t.Errorf("a secret is told: %s", text)
		}
	}
}

// TestDenied may not publish to one topic: that is told, nothing is lost, and it waits for somebody
// to mend it.
func TestDenied(t *testing.T) {
	b := newBroker(t)
	r := forwardtest.Start(t, b.sink(), forward.Policy{})
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("denied", "freeze", 1)))
	r.Until("denied", func() bool {
		return strings.Contains(r.State().LastError, "not authorized: let this user publish there")
	})
	if s := r.State(); s.Dead != 0 || s.Behind != 1 {
		t.Errorf("state %+v", s)
	}
}

// TestWrongPassword is told without the password.
func TestWrongPassword(t *testing.T) {
	b := newBroker(t)
	s, err := mqtt.New(&config.MQTT{URL: "mqtts://127.0.0.1:" + b.port, User: "vedette", PasswordCredential: "p", Topic: "vedette",
		Trust: config.Trust{CA: b.authority.File}}, "studio-4", forwardtest.Secrets(map[string]string{"p": "wrong-s3cret"}))
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, s, forward.Policy{})
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 1)))
	r.Until("refused", func() bool { return strings.Contains(r.State().LastError, "refuses the connection: reason 0x87") })
	if r.Log.Has("wrong-s3cret") {
		t.Error("a secret is told")
	}
}
