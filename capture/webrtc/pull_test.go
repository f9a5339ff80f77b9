package webrtc

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

// whepServer plays VP8 to whoever asks; it can be stopped and started again on its port.
type whepServer struct {
	t       testing.TB
	address string
	token   string
	web     *http.Server
	wg      sync.WaitGroup

	mu      sync.Mutex
	peers   []*webrtc.PeerConnection
	deleted int
	mute    bool
}

func (w *whepServer) start() {
	w.t.Helper()
	if w.address == "" {
		w.address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.address = l.Addr().String()
	w.web = &http.Server{Handler: w}
	w.wg.Go(func() { _ = w.web.Serve(l) })
}

// stop dies: it closes nothing in order.
func (w *whepServer) stop() {
	_ = w.web.Close()
	w.mu.Lock()
	peers := w.peers
	w.peers = nil
	w.mu.Unlock()
	for _, p := range peers {
		_ = p.Close()
	}
	w.wg.Wait()
}

func (w *whepServer) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	if w.token != "" && r.Header.Get("Authorization") != "Bearer "+w.token {
		http.Error(to, "no", http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodDelete {
		w.mu.Lock()
		w.deleted++
		w.mu.Unlock()
		return
	}
	offer, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer, err := w.play(string(offer))
	if err != nil {
		http.Error(to, err.Error(), http.StatusBadRequest)
		return
	}
	to.Header().Set("Content-Type", typeSDP)
	to.Header().Set("Location", "session/1")
	to.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(to, answer)
}

func (w *whepServer) play(offer string) (string, error) {
	settings := webrtc.SettingEngine{LoggerFactory: silentLogs()}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	track, err := webrtc.NewTrackLocalStaticRTP(vp8, "video", "stream")
	if err != nil {
		return "", err
	}
	if _, err := pc.AddTrack(track); err != nil {
		return "", err
	}
	w.mu.Lock()
	w.peers = append(w.peers, pc)
	w.mu.Unlock()
	over := make(chan struct{})
	var once sync.Once
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateClosed || state == webrtc.PeerConnectionStateFailed {
			once.Do(func() { close(over) })
		}
	})
	w.wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			case <-time.After(10 * time.Millisecond):
			}
			frame := vp8Delta
			if i%20 == 0 {
				frame = vp8Key
			}
			w.mu.Lock()
			mute := w.mute
			w.mu.Unlock()
			if !mute {
				_ = track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i * 900), Marker: true}, Payload: frame})
			}
		}
	})
	return answer(context.Background(), pc, offer)
}

func newPull(t testing.TB, target, token string, opt Options) (*Pull, *sink) {
	t.Helper()
	p, err := NewPull(target, token, opt, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return p, &sink{fresh: make(chan struct{}, 1)}
}

// A server that restarts under the client ends its run, and the next one has pictures again on the
// same clock.
func TestPullSurvivesARestart(t *testing.T) {
	w := &whepServer{t: t, token: "secret"}
	w.start()
	p, got := newPull(t, "whep+http://"+w.address+"/live/one", "secret", Options{Silence: time.Second, Opening: 2 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	run := func() { go func() { ended <- p.Run(ctx, got.emit) }() }
	run()
	got.wait(t, "pictures", func(p []capture.Packet) bool { return len(p) >= 50 })
	if now := p.Facts(); !now.Up {
		t.Errorf("facts %+v", now)
	}
	w.stop()
	err := <-ended
	if err == nil || p.Facts().Up || p.Facts().Reason != err.Error() || !strings.HasPrefix(err.Error(), "WHEP from 127.0.0.1:") {
		t.Errorf("the run ends with %v, facts %+v", err, p.Facts())
	}
	run()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("without a server: %v", err)
	}
	w.start()
	before := len(got.all())
	run()
	packets := got.wait(t, "pictures after the restart", func(p []capture.Packet) bool { return len(p) >= before+50 })
	for i := 1; i < len(packets); i++ {
		if packets[i].At < packets[i-1].At || packets[i].Track != 0 {
			t.Errorf("packet %d: at %v on track %d after %v", i, packets[i].At, packets[i].Track, packets[i-1].At)
		}
	}
	cancel()
	<-ended
	until(t, "told that the client leaves", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.deleted > 0 })
	w.stop()
}

// A server that is there and sends nothing is left, so that the next try can find it well.
func TestPullLeavesTheSilent(t *testing.T) {
	w := &whepServer{t: t}
	w.start()
	defer w.stop()
	p, got := newPull(t, "whep+http://"+w.address+"/", "", Options{Silence: time.Second})
	go func() {
		got.wait(t, "pictures", func(p []capture.Packet) bool { return len(p) >= 10 })
		w.mu.Lock()
		w.mute = true
		w.mu.Unlock()
	}()
	if err := p.Run(t.Context(), got.emit); err == nil || !strings.Contains(err.Error(), "no media for 1s") {
		t.Errorf("the run ends with %v", err)
	}
}

func TestPullSaysWhatIsWrong(t *testing.T) {
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	redirect := func(to string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) }
	}
	const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		want   string
	}{
		{"token", answer(401, "text/plain", "no"), "check key_credential"},
		{"stream", answer(404, "text/plain", "no"), "no such stream"},
		{"broken", answer(500, "text/plain", "out of\x1bcheese"), "500 Internal Server Error: out of cheese"},
		{"web page", answer(200, "text/html", "<html>"), `answers with "text/html" and not with SDP`},
		{"no SDP", answer(201, typeSDP, "<html>"), "malformed SDP"},
		{"endless", answer(201, typeSDP, strings.Repeat("x", maxBody+5)), "longer than"},
		{"no media", answer(201, typeSDP, head), "no common codec"},
		{"foreign codec", answer(201, typeSDP, head+"m=video 9 UDP/TLS/RTP/SAVPF 100\r\na=rtpmap:100 H266/90000\r\n"), "the peer offers H266"},
		{"to a file", redirect("file:///etc/passwd", 307), "not followed: to file"},
		{"in a circle", redirect("/", 307), "more than 4 times"},
		{"as GET", redirect("/other", 302), "turns POST into GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			web := &http.Server{Handler: c.server}
			go func() { _ = web.Serve(l) }()
			defer web.Close()
			p, got := newPull(t, fmt.Sprintf("whep+http://%s/private-path", l.Addr()), "", Options{Opening: 3 * time.Second})
			err = p.Run(t.Context(), got.emit)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "private-path") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got:  %v\nwant: ...%s...", err, c.want)
			}
		})
	}
}

func TestParsePull(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"whep+https://host/path", ""},
		{"whep+http://host:8080/", ""},
		{"whep://host/path", "write whep+https:// or whep+http://"},
		{"whep+https:///path", "names no host"},
		{"whep+https://host/#a", "fragment"},
	} {
		u, err := url.Parse(c.source)
		if err != nil {
			t.Fatal(err)
		}
		if err := ParsePull(u); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.source, err, c.want)
		}
	}
}
