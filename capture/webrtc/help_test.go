package webrtc

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

// lasting bounds every wait of these tests; it is reached only when something is broken.
const lasting = 20 * time.Second

// serve starts a server that ends with the test.
func serve(t testing.TB, opt Options) *Server {
	t.Helper()
	s, err := Listen(context.Background(), "127.0.0.1:0", opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(lasting):
			t.Error("Serve does not return after its context ended")
		}
	})
	return s
}

// run runs a feed of a server until the test ends.
func run(t testing.TB, s *Server, name, token string, settings Settings) (*Feed, *sink) {
	t.Helper()
	f, err := s.Source(name, token, settings, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	got := &sink{fresh: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx, got.emit) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(lasting):
			t.Error("Run does not return after its context ended")
		}
	})
	for range 1000 {
		if found, _ := s.resource("/" + name); found == f {
			return f, got
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the feed does not begin to run")
	return nil, nil
}

// sink collects what a source emits.
type sink struct {
	mu      sync.Mutex
	packets []capture.Packet
	fresh   chan struct{}
}

func (s *sink) emit(p capture.Packet) {
	s.mu.Lock()
	s.packets = append(s.packets, p)
	s.mu.Unlock()
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

func (s *sink) all() []capture.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]capture.Packet(nil), s.packets...)
}

// wait returns the packets once enough holds of them.
func (s *sink) wait(t testing.TB, what string, enough func([]capture.Packet) bool) []capture.Packet {
	t.Helper()
	deadline := time.After(lasting)
	for {
		if got := s.all(); enough(got) {
			return got
		}
		select {
		case <-s.fresh:
		case <-deadline:
			t.Fatalf("no %s within %v; there are %d packets", what, lasting, len(s.all()))
		}
	}
}

// count returns how many packets there are of a kind.
func count(packets []capture.Packet, media capture.Media) int {
	n := 0
	for _, p := range packets {
		if p.Format.Media == media {
			n++
		}
	}
	return n
}

// until waits for something that no channel tells of.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(lasting); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not %s within %v", what, lasting)
}

// ask makes one request of a server.
func ask(t testing.TB, s *Server, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+s.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", typeSDP)
	}
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", typeFragment)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func text(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// publisher is a peer that sends RTP which the test writes.
type publisher struct {
	pc       *webrtc.PeerConnection
	tracks   []*webrtc.TrackLocalStaticRTP
	senders  []*webrtc.RTPSender
	location string
	tag      string
	answer   string
	up       chan struct{}
	mangle   atomic.Pointer[func(*rtp.Header)] // what is sent from now on
	mu       sync.Mutex
	feedback []rtcp.Packet // that came
}

// publish posts the offer of a new peer for tracks of these codecs and waits until it is connected.
func publish(t testing.TB, s *Server, name, token string, codecs ...webrtc.RTPCodecCapability) *publisher {
	t.Helper()
	p := prepare(t, nil, codecs...)
	p.post(t, s, name, token)
	select {
	case <-p.up:
	case <-time.After(lasting):
		t.Fatal("the publisher does not connect")
	}
	return p
}

// prepare makes a peer that has yet to post its offer.
func prepare(t testing.TB, change func(*webrtc.SettingEngine), codecs ...webrtc.RTPCodecCapability) *publisher {
	t.Helper()
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	for i, c := range codecs {
		kind := webrtc.RTPCodecTypeAudio
		if strings.HasPrefix(c.MimeType, "video") {
			kind = webrtc.RTPCodecTypeVideo
		}
		if c.SDPFmtpLine != "" || strings.Contains(c.MimeType, "multiopus") {
			_ = engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: webrtc.PayloadType(36 + i)}, kind)
		}
	}
	settings := webrtc.SettingEngine{LoggerFactory: silentLogs()}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	if change != nil {
		change(&settings)
	}
	// It sends again what it is asked for; reports are the test's own.
	registry := &interceptor.Registry{}
	if err := webrtc.ConfigureNack(engine, registry); err != nil {
		t.Fatal(err)
	}
	p := &publisher{up: make(chan struct{})}
	registry.Add(&mangler{p: p})
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithSettingEngine(settings), webrtc.WithInterceptorRegistry(registry))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	p.pc = pc
	var once sync.Once
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(p.up) })
		}
	})
	for _, c := range codecs {
		track, err := webrtc.NewTrackLocalStaticRTP(c, rand.Text(), "stream")
		if err != nil {
			t.Fatal(err)
		}
		sender, err := pc.AddTrack(track)
		if err != nil {
			t.Fatal(err)
		}
		p.tracks, p.senders = append(p.tracks, track), append(p.senders, sender)
		go p.listen(sender)
	}
	return p
}

// mangler lets a test change headers that the library has set.
type mangler struct {
	interceptor.NoOp
	p *publisher
}

func (m *mangler) NewInterceptor(string) (interceptor.Interceptor, error) { return m, nil }

func (m *mangler) BindLocalStream(_ *interceptor.StreamInfo, next interceptor.RTPWriter) interceptor.RTPWriter {
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if change := m.p.mangle.Load(); change != nil {
			(*change)(h)
		}
		return next.Write(h, payload, a)
	})
}

// listen keeps the feedback that comes for a track.
func (p *publisher) listen(s *webrtc.RTPSender) {
	for {
		packets, _, err := s.ReadRTCP()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.feedback = append(p.feedback, packets...)
		p.mu.Unlock()
	}
}

// heard counts the feedback that one packet of is a T.
func heard[T rtcp.Packet](p *publisher) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, f := range p.feedback {
		if _, ok := f.(T); ok {
			n++
		}
	}
	return n
}

// offer returns the SDP of the peer with its candidates.
func (p *publisher) offer(t testing.TB) string {
	t.Helper()
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := settle(t.Context(), p.pc, offer)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(made, "a=sendrecv", "a=sendonly")
}

func (p *publisher) post(t testing.TB, s *Server, name, token string) {
	t.Helper()
	headers := []string{}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	p.take(t, ask(t, s, http.MethodPost, "/"+name, p.offer(t), headers...))
}

// postTo posts the offer to a URL.
func (p *publisher) postTo(t testing.TB, target string) {
	t.Helper()
	r, err := http.Post(target, typeSDP, strings.NewReader(p.offer(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	p.take(t, r)
}

// take takes the answer to the offer.
func (p *publisher) take(t testing.TB, r *http.Response) {
	t.Helper()
	p.answer = text(t, r)
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("POST: %s: %s", r.Status, p.answer)
	}
	p.location, p.tag = r.Header.Get("Location"), r.Header.Get("ETag")
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: p.answer}); err != nil {
		t.Fatal(err)
	}
}

// write writes one packet of RTP.
func (p *publisher) write(track int, seq uint16, stamp uint32, marker bool, payload []byte) error {
	return p.tracks[track].WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: stamp, Marker: marker}, Payload: payload})
}
