package webrtc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

func TestICEServers(t *testing.T) {
	for name, c := range map[string]struct {
		links []string
		want  []webrtc.ICEServer
	}{
		"none":      {nil, nil},
		"stun":      {[]string{`<stun:stun.example.net>; rel="ice-server"`}, []webrtc.ICEServer{{URLs: []string{"stun:stun.example.net"}}}},
		"unquoted":  {[]string{`<stun:stun.example.net>;rel=ice-server`}, []webrtc.ICEServer{{URLs: []string{"stun:stun.example.net"}}}},
		"turn":      {[]string{`<turn:turn.example.net?transport=udp>; rel="ice-server"; username="user"; credential="my, pass;\"word\""; credential-type="password"`}, []webrtc.ICEServer{{URLs: []string{"turn:turn.example.net?transport=udp"}, Username: "user", Credential: `my, pass;"word"`}}},
		"in a row":  {[]string{`<stun:a.example.net>; rel="ice-server", <https://example.net/>; rel="next", <turns:b.example.net>; rel="ice-server"; username=u; credential=c`}, []webrtc.ICEServer{{URLs: []string{"stun:a.example.net"}}, {URLs: []string{"turns:b.example.net"}, Username: "u", Credential: "c"}}},
		"two lines": {[]string{`<stun:a.example.net>; rel="ice-server"`, `<stun:b.example.net>; rel="ice-server"`}, []webrtc.ICEServer{{URLs: []string{"stun:a.example.net"}}, {URLs: []string{"stun:b.example.net"}}}},
		"another":   {[]string{`<http://internal/>; rel="ice-server"`, `<file:///etc/passwd>; rel="ice-server"`, `<stun:>; rel="ice-server"`}, nil},
		"no word":   {[]string{`<turn:turn.example.net>; rel="ice-server"; username="user"`}, nil},
		"broken":    {[]string{"", ";", "<", "<stun:x", "<stun:x>; rel", `<stun:x>; rel="`, `<stun:x>; rel="ice-server`[:20], ",,,"}, nil},
		"too many": {[]string{`<stun:a>;rel=ice-server,<stun:b>;rel=ice-server,<stun:c>;rel=ice-server,<stun:d>;rel=ice-server,<stun:e>;rel=ice-server`},
			[]webrtc.ICEServer{{URLs: []string{"stun:a"}}, {URLs: []string{"stun:b"}}, {URLs: []string{"stun:c"}}, {URLs: []string{"stun:d"}}}},
	} {
		got := iceServers(http.Header{"Link": c.links})
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func FuzzICEServers(f *testing.F) {
	f.Add(`<turn:turn.example.net>; rel="ice-server"; username="u"; credential="p\"w", <stun:b>;rel=ice-server`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, s := range iceServers(http.Header{"Link": {line}}) {
			if len(s.URLs) != 1 || !usable(s) {
				t.Errorf("%q: %+v", line, s)
			}
		}
	})
}

// A connection cannot be had as it is: the STUN server that the answer names is asked at the next attempt.
func TestPullAsksTheServersThatAreNamed(t *testing.T) {
	stun, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stun.Close()
	w := &whepServer{t: t, web: &http.Server{}}
	server := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		to.Header().Set("Link", fmt.Sprintf(`<turn:host?transport=pigeon>; rel="ice-server"; username=u; credential=c, <stun:%s>; rel="ice-server"`, stun.LocalAddr()))
		if r.Method == http.MethodPost {
			// Neither end learns of a way to the other.
			offer, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(candidateLine.ReplaceAll(offer, nil)))
			to = &without{to}
		}
		w.ServeHTTP(to, r)
	}))
	defer server.Close()
	defer w.stop()
	p, out := newPull(t, "whep+"+server.URL, "", Options{Opening: 2 * time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	if err := p.Run(ctx, out.emit); ctx.Err() != nil || len(p.servers) != 1 {
		t.Fatalf("a connection without a way: %v; servers %+v", err, p.servers)
	}
	over := make(chan error, 1)
	go func() { over <- p.Run(ctx, out.emit) }() // it fails again
	b := make([]byte, 1500)
	if err := stun.SetReadDeadline(time.Now().Add(lasting)); err != nil {
		t.Fatal(err)
	}
	n, _, err := stun.ReadFrom(b)
	if err != nil || n < 20 || b[4] != 0x21 || b[5] != 0x12 { // the magic cookie
		t.Errorf("the server that was named is not asked: %x, %v", b[:n], err)
	}
	cancel()
	<-over
}

// without takes the candidates out of an answer.
type without struct{ http.ResponseWriter }

func (w *without) Write(b []byte) (int, error) {
	_, err := w.ResponseWriter.Write(candidateLine.ReplaceAll(b, nil))
	return len(b), err
}
