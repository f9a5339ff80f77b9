// Package leaf keeps what is to leave in an outbox, from which a NATS cluster fetches it: a second
// server embedded in the daemon holds the outbox as a stream and is a leaf node of the cluster.
// Storing and forwarding over a link that comes and goes is then what NATS does by itself; a stream
// of the cluster that has the outbox as its source takes up where it was.
//
// Only messages that passed the gate are in the outbox. The store of incidents is another server,
// which has no link, and the cluster can read the outbox and not change it.
package leaf

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	natssink "github.com/vedette-av/vedette/internal/forward/nats"
	"github.com/vedette-av/vedette/internal/forward/web"
)

const (
	// Outbox is the stream that the cluster fetches from.
	Outbox  = "OUTBOX"
	subject = "vedette"

	startWithin = 30 * time.Second
	// resendWindow is how long a message that is stored again is known by its id.
	resendWindow = time.Hour
	longest      = 512 << 10
)

// readOnly is what the cluster must not ask of the outbox, nor publish into it. That it is not sent
// what is stored as it is stored keeps it from having each message twice.
var readOnly = []string{
	subject + ".>", "$JS.API.>",
	"$JS.*.API.STREAM.CREATE.>", "$JS.*.API.STREAM.UPDATE.>", "$JS.*.API.STREAM.DELETE.>", "$JS.*.API.STREAM.PURGE.>",
	"$JS.*.API.STREAM.MSG.DELETE.>", "$JS.*.API.STREAM.RESTORE.>", "$JS.*.API.STREAM.SNAPSHOT.>", "$JS.*.API.ACCOUNT.PURGE.>",
}

// Sink is the outbox.
type Sink struct {
	settings *config.Leaf
	remote   *server.RemoteLeafOpts
	names    func(forward.Message) string

	mu     sync.Mutex
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
}

// New starts the server of the outbox; it looks for the cluster for as long as it runs.
func New(c *config.Leaf, site string, secret web.Secrets) (*Sink, error) {
	s := &Sink{settings: c, names: natssink.Subjects(subject, site), remote: &server.RemoteLeafOpts{DenyImports: readOnly, DenyExports: []string{subject + ".>"}}}
	trust, err := web.TLS(c.Trust)
	if err != nil {
		return nil, err
	}
	login := (*url.Userinfo)(nil)
	if c.User != "" {
		password, err := secret(c.PasswordCredential)
		if err != nil {
			return nil, err
		}
		login = url.UserPassword(c.User, password)
	}
	for each := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(each))
		if err != nil {
			return nil, errors.New("the URL of the cluster is not usable")
		}
		u.User = login
		s.remote.URLs = append(s.remote.URLs, u)
		if u.Scheme == "tls" || c.Trust != (config.Trust{}) {
			s.remote.TLS, s.remote.TLSConfig, s.remote.TLSTimeout = true, trust, 10
		}
	}
	if c.CredsCredential != "" {
		sign := func(nonce []byte) (string, []byte, error) { return sign(secret, c.CredsCredential, nonce) }
		if _, _, err := sign(nil); err != nil {
			return nil, err
		}
		s.remote.SignatureCB = sign
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// sign proves to the cluster who we are by a .creds file, which is read for each connection.
func sign(secret web.Secrets, name string, nonce []byte) (token string, signature []byte, err error) {
	text, err := secret(name)
	if err != nil {
		return "", nil, err
	}
	var o nats.Options
	if err = nats.UserCredentialBytes([]byte(text))(&o); err == nil {
		if token, err = o.UserJWT(); err == nil {
			signature, err = o.SignatureCB(nonce)
		}
	}
	if err != nil { // the library may quote the text
		return "", nil, fmt.Errorf("credential %s is no .creds file of NATS", name)
	}
	return token, signature, nil
}

// start runs the server and makes the outbox. What is stored there is on disk before it is
// acknowledged: the sink is done with it then.
func (s *Sink) start() error {
	c := s.settings
	o := &server.Options{
		ServerName: "vedette-" + c.Domain, DontListen: true, NoSigs: true, JetStream: true, JetStreamDomain: c.Domain, StoreDir: c.Directory,
		JetStreamMaxStore: 2*int64(c.MaxSize) + (64 << 20), JetStreamMaxMemory: 1 << 20, SyncAlways: true, MaxPayload: longest,
		LeafNode: server.LeafNodeOpts{Remotes: []*server.RemoteLeafOpts{s.remote}, ReconnectInterval: 2 * time.Second},
	}
	embedded, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("set up the outbox in %s: %w", c.Directory, err)
	}
	s.server = embedded
	go embedded.Start() // returns once it runs; Close ends it
	if !embedded.ReadyForConnections(startWithin) || !embedded.JetStreamEnabled() {
		return fmt.Errorf("the outbox in %s could not be opened: see that the disk has room and can be written", c.Directory)
	}
	if s.conn, err = nats.Connect("", nats.InProcessServer(embedded), nats.Name("vedette"), nats.NoReconnect(), nats.Timeout(5*time.Second)); err != nil {
		return fmt.Errorf("open the outbox: %w", err)
	}
	if s.js, err = jetstream.NewWithDomain(s.conn, c.Domain); err != nil {
		return fmt.Errorf("open the outbox: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	_, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: Outbox, Description: "Messages for the cluster to fetch", Subjects: []string{subject + ".>"},
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxBytes: int64(c.MaxSize), MaxAge: c.MaxAge, Duplicates: resendWindow,
	})
	if err != nil {
		return fmt.Errorf("open the outbox in %s: %w", c.Directory, err)
	}
	return nil
}

// Render stores each message for itself.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for _, m := range batch {
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: m.JSON(), Media: "application/json", To: s.names(m)})
	}
	return drafts, nil
}

// Carry puts one message into the outbox and returns when it is on disk.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	msg := nats.NewMsg(p.To())
	msg.Data = p.Body()
	msg.Header.Set("Content-Type", p.Media())
	_, err := s.js.PublishMsg(ctx, msg, jetstream.WithMsgID(p.Messages()[0].ID()), jetstream.WithRetryAttempts(0))
	if err == nil {
		return forward.Receipt{}, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return forward.Receipt{}, ctx.Err()
	}
	// After a full disk the server does not write on, even when there is room again.
	if again := s.reopen(); again != nil {
		err = again
	}
	return forward.Receipt{}, fmt.Errorf("put a message into the outbox: %w", err)
}

func (s *Sink) reopen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	return s.start()
}

// Trouble tells what keeps the cluster from fetching; nil where nothing does.
func (s *Sink) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return errors.New("the outbox is not open")
	}
	if s.server.NumLeafNodes() == 0 {
		return errors.New("there is no link to the cluster: messages wait in the outbox")
	}
	fetching, err := s.fetching()
	if err != nil {
		return fmt.Errorf("state of the outbox: %w", err)
	}
	if fetching == 0 {
		return fmt.Errorf("no stream of the cluster fetches: make one with the source %s of $JS.%s.API", Outbox, s.settings.Domain)
	}
	return nil
}

// fetching counts the streams that have the outbox as their source. The API does not count them.
func (s *Sink) fetching() (int, error) {
	state, err := s.server.Jsz(&server.JSzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Streams: true, Consumer: true, DirectConsumer: true})
	if err != nil {
		return 0, err
	}
	count := 0
	for _, account := range state.AccountDetails {
		for _, stream := range account.Streams {
			count += len(stream.Consumer) + len(stream.DirectConsumer)
		}
	}
	return count, nil
}

// Close ends the server; the outbox stays.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	return nil
}

func (s *Sink) end() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	s.conn, s.server = nil, nil
}
