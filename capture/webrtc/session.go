package webrtc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// gathering bounds how long our own addresses are looked for; they are all this host's.
const gathering = 3 * time.Second

// session is one publisher of a feed, from its offer on.
type session struct {
	*receiver
	id, peer string
	feed     *Feed
	payloads map[uint8]*payload

	negotiating sync.Mutex // one request changes it at a time
	offer       string     // the last one, as it was taken
	tag         string     // of the present ICE session
	trickled    int        // candidates
}

// errBusy is a server that has as many sessions as it may.
var errBusy = errors.New("too many sessions: try again later")

// open answers an offer: it makes the session and returns its SDP.
func (s *Server) open(ctx context.Context, f *Feed, offer, peer string) (*session, string, error) {
	agreed, err := readOffer(offer)
	if err != nil {
		return nil, "", err
	}
	if !s.reserve() {
		return nil, "", errBusy
	}
	session, text, err := s.negotiate(ctx, f, agreed, peer)
	if err == nil && !s.keep(session) {
		session.close()
		err = errBusy
	}
	if err != nil {
		s.unreserve()
		return nil, "", err
	}
	s.count.offers.Add(1)
	return session, text, nil
}

// negotiate makes the peer connection of a session and its answer.
func (s *Server) negotiate(ctx context.Context, f *Feed, agreed *agreement, peer string) (*session, string, error) {
	engine, err := s.engine(f.settings)
	if err != nil {
		return nil, "", err
	}
	api, err := newAPI(agreed.codecs, engine)
	if err != nil {
		return nil, "", err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{
		Certificates: []webrtc.Certificate{s.certificate}, BundlePolicy: webrtc.BundlePolicyMaxBundle,
	})
	if err != nil {
		return nil, "", fmt.Errorf("make a peer connection: %w", err)
	}
	session := &session{
		receiver: newReceiver(pc, &s.count), id: token(), peer: peer, feed: f,
		payloads: agreed.payloads, offer: agreed.sdp, tag: token(),
	}
	text, err := answer(ctx, pc, agreed.sdp)
	if err != nil {
		session.close()
		return nil, "", fmt.Errorf("%w: %s", errMalformedSDP, clip(err.Error()))
	}
	return session, text, nil
}

// answer takes an offer and returns the answer with all our candidates.
func answer(ctx context.Context, pc *webrtc.PeerConnection, offer string) (string, error) {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	made, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	return settle(ctx, pc, made)
}

// settle adopts our description and returns it with all our candidates.
func settle(ctx context.Context, pc *webrtc.PeerConnection, local webrtc.SessionDescription) (string, error) {
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(local); err != nil {
		return "", err
	}
	select {
	case <-gathered:
	case <-time.After(gathering):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return pc.LocalDescription().SDP, nil
}

// token returns what cannot be guessed.
func token() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// reserve makes sure that one more session may be.
func (s *Server) reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.live >= s.opt.MaxSessions {
		return false
	}
	s.live++
	return true
}

func (s *Server) unreserve() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live--
}

// keep makes a session known by its id and sees it through.
func (s *Server) keep(session *session) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.sessions[session.id] = session
	s.wg.Add(1)
	s.mu.Unlock()
	session.feed.expect(session)
	go func() {
		defer s.wg.Done()
		s.attend(session)
	}()
	return true
}

// attend waits for one session to connect, gives it to its feed and closes it in the end.
func (s *Server) attend(session *session) {
	opening := time.NewTimer(s.opt.Opening)
	defer opening.Stop()
	select {
	case <-session.ready:
		if session.feed.offer(session) {
			s.count.publishers.Add(1)
		}
	case <-opening.C:
		session.end(fmt.Sprintf("did not connect within %v: check that UDP, or TCP, reaches port %s", s.opt.Opening, portOf(s.Addr())))
	case <-session.done:
	}
	<-session.done
	if session.feed.unexpect(session) {
		s.count.notOpened.Add(1)
		s.quiet.Say(time.Now(), slog.LevelWarn, "WHIP publisher refused", "feed", session.feed.name, "peer", session.peer, "reason", session.reason())
	}
	s.mu.Lock()
	delete(s.sessions, session.id)
	s.mu.Unlock()
	session.close()
	s.unreserve()
}

// find returns a session of a feed by its id.
func (s *Server) find(f *Feed, id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.sessions[id]; found != nil && found.feed == f {
		return found
	}
	return nil
}

// credentials returns the user fragment and password of ICE in a description.
func credentials(text string) (ufrag, pwd string) {
	var d sdp.SessionDescription
	if d.UnmarshalString(text) != nil {
		return "", ""
	}
	attributes := d.Attributes
	for _, m := range d.MediaDescriptions {
		attributes = append(attributes, m.Attributes...)
	}
	for _, a := range attributes {
		switch {
		case a.Key == "ice-ufrag" && ufrag == "":
			ufrag = a.Value
		case a.Key == "ice-pwd" && pwd == "":
			pwd = a.Value
		}
	}
	return ufrag, pwd
}
