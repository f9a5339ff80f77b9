package config

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/vedette-av/vedette/detectors"
)

// mostFeeds is far beyond what one machine can watch.
const mostFeeds = 1000

// Load reads the configuration at path, with the overrides of the command line over it
// ("detectors.freeze.for=1s"). kinds are the detectors that there are. Without a path the
// configuration is made of the defaults and the overrides, and may have no feeds.
//
// The error is of type [Problems] and tells everything that is wrong.
func Load(path string, overrides []string, kinds []detectors.Kind) (*Config, error) {
	t, err := read(path)
	if err != nil {
		return nil, err
	}
	general, problems := t.override(overrides)
	problems = append(problems, t.strangers(kinds)...)
	doc, mistyped := t.typed(general)
	problems = append(problems, mistyped...)
	c, wrong := t.config(doc, kinds)
	problems = append(problems, wrong...)
	if len(problems) > 0 {
		return nil, t.sorted(problems)
	}
	return c, nil
}

// sorted puts problems in the order of the file and tells each once: a key of a wrong type may be
// noticed twice.
func (t *tree) sorted(problems Problems) Problems {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	seen := map[Problem]bool{}
	return slices.DeleteFunc(problems, func(p Problem) bool {
		where := p
		where.Text = ""
		if p.Path == "" {
			where = p
		}
		again := seen[where]
		seen[where] = true
		return again
	})
}

// config makes the plain configuration of a document and checks what types alone cannot.
func (t *tree) config(doc document, kinds []detectors.Kind) (*Config, Problems) {
	var problems Problems
	c := &Config{
		File:           t.file,
		Site:           cmp.Or(doc.Site, hostName()),
		StateDirectory: cmp.Or(doc.StateDirectory, stateDirectory()),
		API:            API{Listen: doc.API.Listen},
		TLS:            TLS{Certificate: doc.TLS.Certificate, Key: doc.TLS.Key, KeyCredential: doc.TLS.KeyCredential},
		Worker:         Worker{Path: doc.Worker.Path, MemoryLimit: doc.Worker.MemoryLimit},
		Egress:         Egress{Digest: doc.Egress.Digest, Message: doc.Egress.Message, Budget: doc.Egress.Budget},
		Bus:            Bus{MaxSize: doc.Bus.MaxSize, MaxAge: doc.Bus.MaxAge},
	}
	if err := level(doc.LogLevel, &c.LogLevel); err != nil {
		problems = append(problems, t.at("log_level", err.Error()))
	}
	problems = append(problems, t.checkProcess(c)...)
	sinks, wrong := t.sinks(doc)
	c.Forward, problems = sinks, append(problems, wrong...)
	leaf, wrong, set := t.leaf(doc, c)
	if problems = append(problems, wrong...); set {
		c.Forward = append(c.Forward, leaf)
	}

	var defaults map[string]Detector
	defaults, wrong = t.detectors("detectors", base(kinds), doc.Detectors, kinds)
	c.defaults, problems = defaults, append(problems, wrong...)
	feeds, wrong := t.feeds(c, doc, kinds)
	c.Feeds, problems = feeds, append(problems, wrong...)
	return c, problems
}

// levels are the names of what can be logged.
var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
}

func level(name string, into *slog.Level) error {
	found, ok := levels[name]
	if !ok {
		return errors.New(unknown("level", name, []string{"debug", "info", "warn", "error"}))
	}
	*into = found
	return nil
}

// stateDirectory is where systemd says, or else where the package puts it.
func stateDirectory() string {
	first, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":")
	return cmp.Or(first, DefaultStateDirectory)
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}
