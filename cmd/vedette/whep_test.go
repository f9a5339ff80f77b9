package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/detectors"
)

// The daemon fetches by WHEP, loses its server and finds it again, and tells that the picture froze.
func TestWHEP(t *testing.T) {
	needPrograms(t)
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "video", "stream")
	if err != nil {
		t.Fatal(err)
	}
	server := &whepServer{t: t, track: track}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	t.Cleanup(server.hangUp)
	// Four seconds move, then the picture stands.
	encoder(t, "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4,tpad=stop=-1:stop_mode=clone",
		"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "400k", "-g", "25", "-f", "rtp", "rtp://"+relayRTP(t, track))

	d, _ := newDaemon(t, "feeds:\n  - name: fetched\n    source: whep+"+web.URL+"/live\n    placement: cpu\n    detectors: { freeze: { for: 1s } }\n")
	d.start()
	d.until(20*time.Second, "measured", func() bool { return d.feed("fetched").Pictures > 25 })
	server.hangUp()
	before := d.feed("fetched").Pictures
	d.until(30*time.Second, "measured again", func() bool { return d.feed("fetched").Pictures > before+25 })
	d.until(20*time.Second, "told of the freeze", func() bool {
		return slices.ContainsFunc(d.incidents("kind=freeze"), func(i detectors.Incident) bool { return i.Feed == "fetched" })
	})
	d.stop()
}

// relayRTP passes the RTP that comes to an address on to a track.
func relayRTP(t *testing.T, track *webrtc.TrackLocalStaticRTP) (address string) {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		b := make([]byte, 1600)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			_, _ = track.Write(b[:n])
		}
	})
	t.Cleanup(func() {
		conn.Close()
		running.Wait()
	})
	return "127.0.0.1:" + strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
}

// whepServer plays one track to whoever asks.
type whepServer struct {
	t     *testing.T
	track *webrtc.TrackLocalStaticRTP
	mu    sync.Mutex
	peers []*webrtc.PeerConnection
}

func (s *whepServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		return
	}
	offer, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer, err := s.answer(string(offer))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", "/live/1")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.Copy(w, strings.NewReader(answer))
}

func (s *whepServer) answer(offer string) (string, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.peers = append(s.peers, pc)
	s.mu.Unlock()
	if _, err := pc.AddTrack(s.track); err != nil {
		return "", err
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	made, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(made); err != nil {
		return "", err
	}
	<-gathered
	return pc.LocalDescription().SDP, nil
}

// hangUp closes all that are connected.
func (s *whepServer) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pc := range s.peers {
		if err := pc.Close(); err != nil {
			s.t.Error(err)
		}
	}
	s.peers = nil
}
