package rtmp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortmplib"
	"github.com/bluenviron/gortmplib/pkg/amf0"
	"github.com/bluenviron/gortmplib/pkg/codecs"
	"github.com/bluenviron/gortmplib/pkg/message"

	"github.com/vedette-av/vedette/capture"
)

// player is an RTMP server of gortmplib's that hands each connection to handle.
func player(t *testing.T, secure *tls.Config, handle func(net.Conn)) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

// playing accepts a reader and lets write send media, then hangs up.
func playing(t *testing.T, asked *string, write func(*gortmplib.Writer, *gortmplib.Track) error) func(net.Conn) {
	return func(conn net.Conn) {
		c := &gortmplib.ServerConn{RW: conn}
		if c.Initialize() != nil || c.Accept() != nil || c.Publish {
			return // the reader thinks no more of us; its test sees that
		}
		*asked = c.URL.String()
		track := &gortmplib.Track{Codec: &codecs.H264{SPS: sps360, PPS: pps}}
		w := &gortmplib.Writer{Conn: c, Tracks: []*gortmplib.Track{track}}
		if err := w.Initialize(); err != nil {
			t.Error(err)
			return
		}
		if err := write(w, track); err != nil {
			t.Error(err)
		}
	}
}

func tenPictures(w *gortmplib.Writer, track *gortmplib.Track) error {
	for i := range 10 {
		at := time.Duration(i) * 40 * ms
		if err := w.WriteH264(track, at, at, [][]byte{{0x65, 0x88}}); err != nil {
			return err
		}
	}
	return nil
}

// pull runs a Pull to its end.
func pull(t *testing.T, url string, opt Options) (*Pull, []capture.Packet, error) {
	t.Helper()
	p, err := NewPull(url, opt, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []capture.Packet
	err = p.Run(ctx, func(p capture.Packet) { got = append(got, p) })
	if ctx.Err() != nil {
		t.Fatal("Run does not end by itself")
	}
	return p, got, err
}

func TestPull(t *testing.T) {
	secure, roots := certificate(t)
	for scheme, config := range map[string]*tls.Config{"rtmp": nil, "rtmps": secure} {
		t.Run(scheme, func(t *testing.T) {
			asked := ""
			address := player(t, config, playing(t, &asked, tenPictures))
			p, got, err := pull(t, scheme+"://"+address+"/a/b/main?token=x", Options{TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
			if err == nil || !strings.Contains(err.Error(), "closed by the peer") {
				t.Errorf("Run ends with %v, want the server's leaving", err)
			}
			if len(got) != 10 || got[0].Format.Width != 640 || !got[0].Key || !spaced(got[9].At-got[0].At, 360*ms) {
				t.Errorf("%d pictures, want ten in 360ms of 640x360", len(got))
			}
			if want := scheme + "://" + address + "/a/b/main?token=x"; asked != want {
				t.Errorf("the server was asked for %s, want %s", asked, want)
			}
			if f := p.Facts(); f.Up || f.Reason != err.Error() {
				t.Errorf("facts %+v, want down for %v", f, err)
			}
		})
	}
}

func TestPullFails(t *testing.T) {
	secure, _ := certificate(t)
	hear := func(conn net.Conn) { // say nothing until the peer leaves
		_, _ = conn.Read(make([]byte, 1))
		for b := make([]byte, 4096); ; {
			if _, err := conn.Read(b); err != nil {
				return
			}
		}
	}
	asked := ""
	silent := playing(t, &asked, func(w *gortmplib.Writer, _ *gortmplib.Track) error {
		_, _ = w.Conn.Read() // the reader's next word is its leaving
		_, _ = w.Conn.Read()
		_, _ = w.Conn.Read()
		return nil
	})
	for name, c := range map[string]struct{ url, want string }{
		"mute server":    {"rtmp://" + player(t, nil, hear) + "/live/main", "no answer within 2s"},
		"garbage":        {"rtmp://" + player(t, nil, func(c net.Conn) { _, _ = c.Write(make([]byte, 4000)); hear(c) }) + "/live/main", "invalid rtmp version"},
		"silent stream":  {"rtmp://" + player(t, nil, silent) + "/live/main", "silent for 500ms"},
		"no such stream": {"rtmp://" + player(t, nil, refusing) + "/live/main", "refused: NetStream.Play.StreamNotFound no such stream"},
		"no such app":    {"rtmp://" + player(t, nil, rejecting) + "/live/main", `connect to app "live": refused: NetConnection.Connect.Rejected no such app`},
		"untrusted":      {"rtmps://" + player(t, secure, hear) + "/live/main", "certificate"},
		"nobody":         {"rtmp://127.0.0.1:1/live/main", "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			p, got, err := pull(t, c.url, Options{Opening: 2 * time.Second, Silence: 500 * ms})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "/main") {
				t.Errorf("Run ends with %v, want %q and not the key", err, c.want)
			}
			if len(got) != 0 || p.Facts().Up {
				t.Errorf("%d packets, facts %+v", len(got), p.Facts())
			}
		})
	}
}

// rejecting refuses the app, refusing the stream, as servers do.
func rejecting(conn net.Conn) {
	c := &gortmplib.ServerConn{RW: conn}
	if c.Initialize() != nil {
		return
	}
	_ = c.Write(&message.CommandAMF0{ChunkStreamID: 3, Name: "_error", CommandID: 1, Arguments: []any{nil, amf0.Object{
		{Key: "level", Value: "error"}, {Key: "code", Value: "NetConnection.Connect.Rejected"}, {Key: "description", Value: "no such app"},
	}}})
	_, _ = c.Read()
}

func refusing(conn net.Conn) {
	c := &gortmplib.ServerConn{RW: conn}
	if c.Initialize() != nil {
		return
	}
	for id := 1; id <= 2; id++ {
		_ = c.Write(&message.CommandAMF0{ChunkStreamID: 3, Name: "_result", CommandID: id, Arguments: []any{nil, float64(1)}})
	}
	_ = c.Write(&message.CommandAMF0{ChunkStreamID: 5, Name: "onStatus", Arguments: []any{nil, amf0.Object{
		{Key: "level", Value: "error"}, {Key: "code", Value: "NetStream.Play.StreamNotFound"}, {Key: "description", Value: "no such stream"},
	}}})
	for {
		if _, err := c.Read(); err != nil {
			return
		}
	}
}

func TestPullEndsWithItsContext(t *testing.T) {
	asked := ""
	address := player(t, nil, playing(t, &asked, func(w *gortmplib.Writer, track *gortmplib.Track) error {
		if err := tenPictures(w, track); err != nil {
			return err
		}
		for err := error(nil); err == nil; {
			_, err = w.Conn.Read() // until the reader leaves, as it must
		}
		return nil
	}))
	p, err := NewPull("rtmp://"+address+"/live/main", Options{}, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err = p.Run(ctx, func(capture.Packet) {
		if n++; n == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run ends with %v, want the context's end", err)
	}
}

func TestParseTarget(t *testing.T) {
	for url, want := range map[string]target{
		"rtmp://h/live/k":           {address: "h:1935", host: "h", app: "live", key: "k", base: "rtmp://h/live"},
		"rtmps://h/live/k":          {secure: true, address: "h:443", host: "h", app: "live", key: "k", base: "rtmps://h/live"},
		"rtmp://[::1]:7/a/b/k?x=/y": {address: "[::1]:7", host: "::1", app: "a/b", key: "k?x=/y", base: "rtmp://[::1]:7/a/b"},
	} {
		if got, err := parseTarget(url); err != nil || got != want {
			t.Errorf("%s is %+v (%v), want %+v", url, got, err, want)
		}
	}
	for url, want := range map[string]string{
		"http://h/live/k":       "not RTMP",
		"rtmp:///live/k":        "names no host",
		"rtmp://h/live":         "names no stream",
		"rtmp://u:secret@h/a/k": "carries a user name",
		"rtmp://h:secret/a/k":   "cannot be read",
		"":                      "not RTMP",
	} {
		if _, err := parseTarget(url); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q and no secret", url, err, want)
		}
	}
}
