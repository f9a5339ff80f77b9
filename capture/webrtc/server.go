package webrtc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
)

// Server lets browsers and encoders publish by WHIP, each feed under its name. One port number
// serves all: HTTP, or HTTPS, and ICE over TCP on it, and ICE over UDP on the same of UDP. Feeds
// come and go while it runs without touching each other.
type Server struct {
	opt         Options
	port        *port
	udp         *net.UDPConn
	udpMux      ice.UDPMux
	tcpMux      ice.TCPMux
	certificate webrtc.Certificate // of DTLS
	loopback    bool
	count       counters
	quiet       *quiet.Log
	limit       limiter
	wg          sync.WaitGroup // of sessions

	mu       sync.Mutex
	feeds    map[*Feed]struct{}  // those that are running
	sessions map[string]*session // by id
	live     int                 // sessions, those being closed included
	closed   bool
}

// Listen opens the ports of a server, such as ":8889". Publishers wait until Serve is called.
func Listen(ctx context.Context, address string, opt Options) (*Server, error) {
	opt = opt.filled()
	tcp, udp, err := listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("listen for WebRTC on %s: %w", address, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for DTLS: %w", err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for DTLS: %w", err)
	}
	s := &Server{
		opt: opt, udp: udp, certificate: *certificate, quiet: quiet.New(opt.Log), limit: limiter{rate: float64(opt.Posts)},
		feeds: map[*Feed]struct{}{}, sessions: map[string]*session{},
	}
	s.loopback = onlyLoopback(tcp.Addr())
	s.port = newPort(tcp, opt.TLS, opt.MaxConns, func() { s.count.limited.Add(1) })
	logger := silentLogs().NewLogger("ice")
	s.udpMux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: newUDPSocket(udp, &s.count.overruns), Logger: logger})
	s.tcpMux = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: s.port.ice, Logger: logger, ReadBufferSize: 64, WriteBufferSize: 256 << 10,
		FirstStunBindTimeout: firstByte, AliveDurationForConnFromStun: firstByte,
	})
	return s, nil
}

// listen opens the same port number of TCP and UDP. Where the system chooses, its first choice may
// be taken in the other.
func listen(ctx context.Context, address string) (net.Listener, *net.UDPConn, error) {
	var config net.ListenConfig
	for try := 0; ; try++ {
		tcp, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, nil, err
		}
		bound := tcp.Addr().(*net.TCPAddr)
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: bound.IP, Port: bound.Port, Zone: bound.Zone})
		if err == nil {
			return tcp, udp, nil
		}
		_ = tcp.Close()
		if _, chosen, _ := net.SplitHostPort(address); chosen != "0" || try == 10 {
			return nil, nil, err
		}
	}
}

// onlyLoopback tells whether publishers can only be on this host, and have to be offered its loopback.
func onlyLoopback(bound net.Addr) bool {
	if a, ok := bound.(*net.TCPAddr); ok && !a.IP.IsUnspecified() {
		return a.IP.IsLoopback()
	}
	all, err := net.InterfaceAddrs()
	return err == nil && !slices.ContainsFunc(all, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.IsGlobalUnicast()
	})
}

// Addr returns the address that the server listens on, for TCP; that of UDP has the same port.
func (s *Server) Addr() net.Addr { return s.port.Addr() }

// Counters returns what the server has met since it began.
func (s *Server) Counters() Counters { return s.count.read() }

// Source returns the feed that is published under a name, by an offer that is posted to /NAME. Where
// token is not empty, publishers have to bear it. It listens while its Run does; a name can have one
// feed at a time.
func (s *Server) Source(name, token string, settings Settings, tl *capture.Timeline) (*Feed, error) {
	if !goodName.MatchString(name) {
		return nil, fmt.Errorf("feed under %q: the name to publish under has to be of letters, digits and . _ ~ -", name)
	}
	if settings.Wait == 0 {
		settings.Wait = waitDefault
	}
	return &Feed{
		server: s, quiet: quiet.New(s.opt.Log), name: name, token: token, settings: settings, timeline: tl,
		numbers: map[trackID]int{}, seat: seat.New[session](), facts: facts{now: capture.Facts{Reason: noPublisher}},
	}, nil
}

// Serve takes publishers until ctx ends, then closes all connections and waits for their goroutines.
// It is called once.
func (s *Server) Serve(ctx context.Context) error {
	web := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: firstByte, ReadTimeout: 2 * firstByte, WriteTimeout: 4 * firstByte,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // what strangers do to HTTP
	}
	stop := context.AfterFunc(ctx, func() { _ = s.port.Close() })
	defer stop()
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := web.Serve(s.port.http); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.quiet.Say(time.Now(), slog.LevelError, "cannot serve WHIP", "error", err)
		}
	})
	err := s.port.serve(ctx)
	s.shut()
	_ = web.Close()
	serving.Wait()
	s.wg.Wait()
	_ = s.tcpMux.Close()
	_ = s.udpMux.Close()
	return err
}

// shut ends all sessions and takes no more.
func (s *Server) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, each := range s.sessions {
		each.end("the listener was closed")
	}
}

// engine returns the way to the network for a feed's sessions.
func (s *Server) engine(settings Settings) (webrtc.SettingEngine, error) {
	e := webrtc.SettingEngine{LoggerFactory: silentLogs()}
	e.SetICEUDPMux(s.udpMux)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if !settings.NoTCP {
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
		e.SetICETCPMux(s.tcpMux)
	}
	e.SetNetworkTypes(networks)
	e.SetLite(settings.Lite)
	e.SetIncludeLoopbackCandidate(s.loopback)
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.DisableActiveTCP(true) // nobody makes us connect anywhere
	e.SetICETimeouts(5*time.Second, 10*time.Second, 2*time.Second)
	e.SetSRTPReplayProtectionWindow(replay)
	e.SetReceiveMTU(mtu)
	if len(settings.Hosts) == 0 {
		return e, nil
	}
	rule := webrtc.ICEAddressRewriteRule{AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteAppend}
	for _, a := range settings.Hosts {
		rule.External = append(rule.External, a.String())
	}
	if err := e.SetICEAddressRewriteRules(rule); err != nil {
		return e, fmt.Errorf("offer the addresses of host: %w", err)
	}
	return e, nil
}
