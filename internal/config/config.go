// Package config reads the configuration of the daemon: one YAML file, a few environment variables
// and the overrides of the command line become plain typed structs with every default filled in.
//
// It is strict. An unknown key, a wrong type, a duration without a unit or two feeds on one source
// are errors, and all of them are told at once, each in one line that names the file, the line, the
// path of the key, what is wrong and what to do. It is the only package that knows viper.
//
// Secrets are never in the configuration: a setting that ends in _credential names a systemd
// credential, which [Secret] reads when it is needed.
package config

import (
	"log/slog"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Config is everything that an operator can set, with the defaults filled in.
type Config struct {
	File           string // where it was read; "" where there was no file
	Site           string // names this place in what is forwarded; the host name by default
	StateDirectory string
	LogLevel       slog.Level
	Feeds          []Feed // in the order of the file
	API            API
	TLS            TLS
	Worker         Worker
	Bus            Bus
	Egress         Egress
	Forward        []Sink // in the order of the file

	// defaults is what a feed gets that sets nothing of its own.
	defaults map[string]Detector
}

// Feed is one feed to watch.
type Feed struct {
	Name          string // an id: see [ValidName]
	Source        string // a URL whose scheme is in [Schemes]
	Pull          bool   // fetch from a server, instead of listening for a publisher
	Placement     Placement
	KeyCredential string // the credential that holds the stream key; then Source ends at the app
	Threads       int    // of the software decoder; 0 leaves it to the worker
	Detectors     map[string]Detector
}

// Placement says where a feed is decoded and measured.
type Placement string

// Auto takes a GPU where there is one that can decode the feed.
const (
	Auto Placement = "auto"
	GPU  Placement = "gpu"
	CPU  Placement = "cpu"
)

// Detector is how one kind of detector is set for one feed: its own settings, over those in the
// top-level detectors section, over the defaults of the kind.
type Detector struct {
	Enabled  bool
	Hold     detectors.Hold
	Severity detectors.Severity
	Settings map[string]any // of the kind alone, as written
}

// API is the HTTP interface for operators and programs.
type API struct {
	Listen string // host:port; "" turns it off
}

// TLS is the certificate of the listeners that speak TLS.
type TLS struct {
	Certificate   string // file with the chain in PEM
	Key           string // file with the private key in PEM
	KeyCredential string // or the credential that holds it
}

// Worker is how the processes that decode are run.
type Worker struct {
	Path        string // "" looks beside the daemon, then in /usr/lib/vedette
	MemoryLimit Size   // of one worker; 0 sets none
}

// Bus bounds what the durable store of incidents keeps. Open incidents are kept beyond both limits.
type Bus struct {
	MaxSize Size
	MaxAge  time.Duration
}

// The defaults of what a feed does not have.
const (
	DefaultListen         = "127.0.0.1:8650"
	DefaultStateDirectory = "/var/lib/vedette"
	DefaultMemoryLimit    = 1 * GiB
	DefaultBusSize        = 1 * GiB
	DefaultBusAge         = 90 * 24 * time.Hour
	DefaultOutbox         = 256 * MiB
	DefaultDigest         = 5 * time.Minute
	DefaultMessage        = 16 * KiB
	DefaultBudget         = 10 * MiB
)
