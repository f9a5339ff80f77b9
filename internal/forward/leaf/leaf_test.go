package leaf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/leaf"
)

const password = "l3af-s3cret"

var secrets = forwardtest.Secrets(map[string]string{"p": password})

// link is a cable to a server that can be cut.
type link struct {
	net.Listener
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{Listener: listener}
	t.Cleanup(func() { listener.Close(); l.set(true) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(context.Background(), "tcp", to)
			l.mu.Lock()
			if err != nil || l.cut {
				near.Close()
				if far != nil {
					far.Close()
				}
			} else {
				l.conns = append(l.conns, near, far)
				go func() { _, _ = io.Copy(near, far); near.Close() }()
				go func() { _, _ = io.Copy(far, near); far.Close() }()
			}
			l.mu.Unlock()
		}
	}()
	return l
}

// set cuts the cable or mends it.
func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// cluster is three servers with JetStream, each with a cable for leaf nodes.
func cluster(t *testing.T) (servers []*server.Server, links []*link, leafURLs string, js jetstream.JetStream) {
	t.Helper()
	var ports []int
	var routes []*url.URL
	for range 6 {
		port, err := strconv.Atoi(forwardtest.Port(t))
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	for _, port := range ports[:3] {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	var clients, leaves []string
	for n := range 3 {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("n", n), Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, JetStreamDomain: "cloud", StoreDir: t.TempDir(), NoSigs: true,
			Username: "cloud", Password: password, Routes: routes, Cluster: server.ClusterOpts{Name: "cloud", Host: "127.0.0.1", Port: ports[n]},
			// What it tells leaf nodes of other addresses would lead them past the cables.
			LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: ports[3+n], Username: "vedette", Password: password, NoAdvertise: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	for n, s := range servers {
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("a server does not start")
		}
		l := newLink(t, fmt.Sprint("127.0.0.1:", ports[3+n]))
		links = append(links, l)
		leaves = append(leaves, "nats://"+l.Addr().String())
		clients = append(clients, s.ClientURL())
	}
	conn, err := natsgo.Connect(strings.Join(clients, ","), natsgo.UserInfo("cloud", password), natsgo.MaxReconnects(-1), natsgo.ReconnectWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	return servers, links, strings.Join(leaves, ","), js
}

// fetching makes the stream of the cluster that has the outbox as its source.
func fetching(t *testing.T, r *forwardtest.Run, js jetstream.JetStream) jetstream.Stream {
	t.Helper()
	var stream jetstream.Stream
	r.Until("the stream is made", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var err error
		stream, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "VEDETTE", Replicas: 3, Sources: []*jetstream.StreamSource{
			{Name: leaf.Outbox, External: &jetstream.ExternalStream{APIPrefix: "$JS.studio_4.API"}},
		}})
		return err == nil
	})
	return stream
}

// arrived waits until the cluster has so many messages, and wants them in order, each once.
func arrived(t *testing.T, r *forwardtest.Run, stream jetstream.Stream, n int) {
	t.Helper()
	get := func(seq uint64) *jetstream.RawStreamMsg {
		// A cluster that has lost its way to a source tries again after 10 s and then less and less often.
		for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			msg, err := stream.GetMsg(ctx, seq)
			cancel()
			if err == nil {
				return msg
			}
			if time.Now().After(deadline) {
				t.Fatalf("message %d is not at the cluster within 2 minutes: %v\n%s", seq, err, r.Log)
			}
		}
	}
	get(uint64(n))
	for i := range n {
		msg := get(uint64(i + 1))
		var body forward.Body
		if err := json.Unmarshal(msg.Data, &body); err != nil || body.Incident == nil || !body.Incident.Began.Equal(forwardtest.Incident("main", "freeze", i).Began) ||
			msg.Subject != "vedette.studio-4.feeds.main.incidents.freeze" {
			t.Fatalf("message %d on %s is %s, %v", i+1, msg.Subject, msg.Data, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if info, err := stream.Info(ctx); err == nil && info.State.Msgs != uint64(n) {
		t.Errorf("the cluster has %d messages, not %d", info.State.Msgs, n)
	}
}

func settings(t *testing.T, urls string) *config.Leaf {
	return &config.Leaf{URL: urls, Domain: "studio_4", User: "vedette", PasswordCredential: "p", MaxSize: 64 << 20, MaxAge: time.Hour, Directory: t.TempDir()}
}

// TestLeaf sends while the link is there, is cut, and comes back, while a server of the cluster
// dies, and after a start of the daemon anew: the cluster has all in order, each once.
func TestLeaf(t *testing.T) {
	servers, links, urls, js := cluster(t)
	c := settings(t, urls)
	sink, err := leaf.New(c, "studio-4", secrets)
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{})
	sent := 0
	send := func(n int) {
		for range n {
			r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", sent)))
			sent++
		}
		r.Delivered(sent)
	}
	r.Until("it is told that nobody fetches", func() bool {
		return strings.Contains(r.State().LastError, "make one with the source OUTBOX of $JS.studio_4.API")
	})
	stream := fetching(t, r, js)
	send(30)
	arrived(t, r, stream, 30)
	r.Until("all is well", func() bool { return r.State().State == "up" })

	for _, l := range links {
		l.set(true)
	}
	r.Until("the cut is told", func() bool { return strings.Contains(r.State().LastError, "there is no link to the cluster") })
	send(200)
	for _, l := range links {
		l.set(false)
	}
	arrived(t, r, stream, 230)

	for _, s := range servers {
		if s.NumLeafNodes() > 0 {
			s.Shutdown()
			break
		}
	}
	send(30)
	arrived(t, r, stream, 260)
	if r.Log.Has(password) || strings.Contains(r.State().LastError, password) {
		t.Error("a secret is told")
	}
}

// TestClosed lets nobody at the other end change the outbox, nor put anything into it.
func TestClosed(t *testing.T) {
	_, _, urls, js := cluster(t)
	sink, err := leaf.New(settings(t, urls), "studio-4", secrets)
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{})
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 0)))
	stream := fetching(t, r, js)
	arrived(t, r, stream, 1)
	foreign, err := jetstream.NewWithDomain(js.Conn(), "studio_4")
	if err != nil {
		t.Fatal(err)
	}
	within := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	outbox, err := foreign.Stream(within(), leaf.Outbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := outbox.Purge(within()); err == nil {
		t.Error("the cluster could empty the outbox")
	}
	if err := foreign.DeleteStream(within(), leaf.Outbox); err == nil {
		t.Error("the cluster could remove the outbox")
	}
	if _, err := foreign.CreateStream(within(), jetstream.StreamConfig{Name: "X"}); err == nil {
		t.Error("the cluster could make a stream here")
	}
	if _, err := foreign.Publish(within(), "vedette.studio-4.feeds.main.incidents.freeze", []byte("{}")); err == nil {
		t.Error("the cluster could put a message into the outbox")
	}
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 1)))
	arrived(t, r, stream, 2)
}

// TestRestart keeps what was not fetched for the next start.
func TestRestart(t *testing.T) {
	_, links, urls, js := cluster(t)
	for _, l := range links {
		l.set(true)
	}
	c := settings(t, urls)
	sink, err := leaf.New(c, "studio-4", secrets)
	if err != nil {
		t.Fatal(err)
	}
	gate := forward.NewGate(forward.Limits{})
	carry := func(n int) {
		t.Helper()
		drafts, err := sink.Render([]forward.Message{forward.NewChange("studio-4", forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", n)), forwardtest.Noon)})
		if err != nil {
			t.Fatal(err)
		}
		p, err := gate.Admit(drafts[0], forwardtest.Noon)
		if err == nil {
			_, err = sink.Carry(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 10 {
		carry(n)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	if sink, err = leaf.New(c, "studio-4", secrets); err != nil {
		t.Fatal(err)
	}
	carry(9) // it was not known whether it was stored
	for _, l := range links {
		l.set(false)
	}
	r := forwardtest.Start(t, sink, forward.Policy{})
	stream := fetching(t, r, js)
	arrived(t, r, stream, 10)
}

// TestMissing tells at the start what is not there.
func TestMissing(t *testing.T) {
	for want, change := range map[string]func(*config.Leaf){
		"credential none: systemd provided no such one": func(c *config.Leaf) { c.PasswordCredential = "none" },
		"credential p is no .creds file of NATS":        func(c *config.Leaf) { c.User, c.CredsCredential = "", "p" },
		"no such file":                                  func(c *config.Leaf) { c.CA = "/none.pem" },
	} {
		c := settings(t, "nats://127.0.0.1:1")
		change(c)
		if _, err := leaf.New(c, "studio-4", secrets); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
