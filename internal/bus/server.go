package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	streamName = "INCIDENTS"
	subjects   = "vedette.incident.>"

	// startTimeout is generous: a store of 1 GiB whose index was lost is read whole.
	startTimeout = 30 * time.Second

	// longestChange bounds one message; a change is about 500 bytes.
	longestChange = 32 << 10

	// resendWindow is how long a change that is published again is recognised by its id.
	resendWindow = 2 * time.Minute
)

// store is the embedded server and its one stream.
type store struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	blocks string           // the folder of the files of the stream
	block  int              // number of the newest file that was synced
	file   *os.File         // that file
	stream jetstream.Stream // nil where it is on disk, and the server could not take it up
}

// openStore starts the server on a directory, and makes the stream where there is none. Over a
// stream that is there and cannot be taken up it is made only if that is accepted: its sound
// records then belong to the new one.
func openStore(ctx context.Context, dir string, o Options, accept bool) (*store, error) {
	s := &store{}
	if err := s.start(dir, o); err != nil {
		s.close()
		return nil, err
	}
	if err := s.attach(ctx, dir, o, accept); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// start runs the server without a socket: the one connection to it is a pipe in this process.
func (s *store) start(dir string, o Options) error {
	embedded, err := server.NewServer(&server.Options{
		ServerName:         "vedette",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           dir,
		JetStreamMaxStore:  2*o.MaxBytes + (256 << 20), // never the limit: the stream has its own
		JetStreamMaxMemory: 1 << 20,                    // nothing is kept in memory streams
		// Changes of incidents are synced by us before anybody is told, many at a time: see sync.
		// What lies in the other streams may lose its last seconds when the power fails.
		SyncInterval: 10 * time.Second,
		MaxPayload:   longestChange * 2,
	})
	if err != nil {
		return fmt.Errorf("set up the embedded server: %w", err)
	}
	s.server, s.blocks = embedded, filepath.Join(dir, "jetstream", server.DEFAULT_GLOBAL_ACCOUNT, "streams", streamName, "msgs")
	embedded.SetLogger(&serverLog{log: o.Log}, false, false)
	go embedded.Start() // returns once it runs; Shutdown and WaitForShutdown end it
	if !embedded.ReadyForConnections(startTimeout) {
		return fmt.Errorf("the embedded server was not ready within %s", startTimeout)
	}
	if !embedded.JetStreamEnabled() {
		return errors.New("the embedded server could not open its files")
	}
	s.conn, err = nats.Connect("", nats.InProcessServer(embedded), nats.Name("vedette"),
		nats.NoReconnect(), nats.Timeout(5*time.Second))
	if err != nil {
		return fmt.Errorf("connect to the embedded server: %w", err)
	}
	s.js, err = jetstream.New(s.conn)
	return err
}

// attach finds or makes the stream and brings its limits up to date.
func (s *store) attach(ctx context.Context, dir string, o Options, accept bool) error {
	_, err := s.js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		left, _ := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamName, "*"))
		if len(left) > 0 && !accept {
			return nil
		}
	}
	s.stream, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName,
		Description: "Every change of every incident",
		Subjects:    []string{subjects},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		// Age is not left to the server: it would drop incidents that are still open. See retain.
		MaxBytes:    o.MaxBytes,
		MaxMsgSize:  longestChange,
		Duplicates:  resendWindow,
		AllowDirect: true,
	})
	if err != nil {
		return fmt.Errorf("open the stream of incidents: %w", err)
	}
	return s.attachSides(ctx, o)
}

// close stops the server and waits until its files are closed.
func (s *store) close() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.file != nil {
		s.file.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
}

// serverLog gives the words of the embedded server to ours. They are of its parts, not of
// incidents, so all of them are for debugging; what matters reaches the caller as an error.
type serverLog struct{ log *slog.Logger }

func (l *serverLog) say(level, format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("embedded server: "+fmt.Sprintf(format, args...), "server_level", level)
	}
}

func (l *serverLog) Noticef(format string, args ...any) { l.say("notice", format, args...) }
func (l *serverLog) Warnf(format string, args ...any)   { l.say("warn", format, args...) }
func (l *serverLog) Fatalf(format string, args ...any)  { l.say("fatal", format, args...) }
func (l *serverLog) Errorf(format string, args ...any)  { l.say("error", format, args...) }
func (l *serverLog) Debugf(format string, args ...any)  { l.say("debug", format, args...) }
func (l *serverLog) Tracef(format string, args ...any)  { l.say("trace", format, args...) }
