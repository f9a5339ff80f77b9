package nats_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/nats"
)

const password = "n4ts-s3cret"

// cluster is three servers with JetStream.
func cluster(t *testing.T) (servers []*server.Server, urls string) {
	t.Helper()
	var ports []int
	var routes []*url.URL
	for range 3 {
		port, err := strconv.Atoi(forwardtest.Port(t))
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	var all []string
	for n := range 3 {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("n", n), Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true,
			Username: "vedette", Password: password, Routes: routes, Cluster: server.ClusterOpts{Name: "cloud", Host: "127.0.0.1", Port: ports[n]},
		})
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	for _, s := range servers {
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("a server does not start")
		}
		all = append(all, strings.Replace(s.ClientURL(), "vedette:"+password+"@", "", 1))
	}
	return servers, strings.Join(all, ",")
}

// TestCluster publishes to a cluster of three, of which the server that it is connected to dies:
// all arrives in order, each once.
func TestCluster(t *testing.T) {
	servers, urls := cluster(t)
	conn, err := natsgo.Connect(urls, natsgo.UserInfo("vedette", password))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := nats.New(&config.NATS{URL: urls, Subject: "vedette", User: "vedette", PasswordCredential: "p"}, "studio.4",
		forwardtest.Secrets(map[string]string{"p": password}))
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{Timeout: 2 * time.Second})
	r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 0)))
	r.Until("the missing stream is told", func() bool {
		return strings.Contains(r.State().LastError, "no stream of the cluster takes vedette.studio_4.feeds.main.incidents.freeze: make one for vedette.>")
	})
	var stream jetstream.Stream
	r.Until("the stream is made", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		stream, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "VEDETTE", Subjects: []string{"vedette.>"}, Replicas: 3})
		return err == nil
	})
	r.Delivered(1)
	for n := 1; n < 100; n++ {
		if n == 30 {
			for _, s := range servers {
				if s.NumClients() > 0 && s.ClientURL() != conn.ConnectedUrl() {
					s.Shutdown()
					break
				}
			}
		}
		r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", n)))
	}
	r.Delivered(100)
	for n := range 100 {
		var msg *jetstream.RawStreamMsg
		r.Until("the cluster answers", func() bool { // while it elects who leads the stream it may not
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			msg, err = stream.GetMsg(ctx, uint64(n+1))
			return err == nil
		})
		var body forward.Body
		if err := json.Unmarshal(msg.Data, &body); err != nil || body.Incident.Began != forwardtest.Incident("main", "freeze", n).Began {
			t.Fatalf("message %d is %s, %v", n, msg.Data, err)
		}
	}
	if r.Log.Has(password) {
		t.Error("a secret is told")
	}
}
