package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// decibels is written as text, like the levels of the sound detectors.
type decibels float64

func (d *decibels) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%fdBFS", (*float64)(d))
	if err != nil {
		return fmt.Errorf("%q is not a level, such as -60dBFS", text)
	}
	return nil
}

// quiet is a detector that shows its settings.
type quiet struct {
	Below      decibels
	ClockArea  float64
	Count      int
	Window     time.Duration
	Everywhere bool
}

func (quiet) Judge(detectors.Sample) detectors.Verdict { return detectors.Verdict{} }

func testKinds() []detectors.Kind {
	return []detectors.Kind{
		{
			Name: "silence", Severity: detectors.Major, Hold: detectors.Hold{For: 10 * time.Second, Keep: time.Second},
			Settings: []detectors.Setting{{Name: "below"}, {Name: "clock_area"}, {Name: "count"}, {Name: "window"}, {Name: "everywhere"}},
			New: func(decode func(any) error) (detectors.Detector, error) {
				q := quiet{Below: -60, Count: 2}
				if err := decode(&q); err != nil {
					return nil, err
				}
				if q.Below > 0 {
					return nil, errors.New("below must be at most 0dBFS")
				}
				return &q, nil
			},
		},
		{
			Name: "freeze", Severity: detectors.Major, Hold: detectors.Hold{For: 3 * time.Second, Keep: time.Second},
			New: func(decode func(any) error) (detectors.Detector, error) { return &quiet{}, decode(&struct{}{}) },
		},
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vedette.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const full = `
site: studio-4
state_directory: /srv/vedette
log_level: debug
api: {listen: ":9000"}
tls: {certificate: /etc/c.pem, key_credential: tls-key}
worker: {path: /opt/worker, memory_limit: 512MiB}
bus: {max_size: 2GiB, max_age: 30d}
detectors:
  silence: {below: -50dBFS, severity: critical}
feeds:
  - name: main.programme
    source: rtmp://:1935/live/main
    detectors:
      silence: {for: 4s, clock_area: 0.1, window: 1m30s}
      freeze: {enabled: false}
  - name: second
    source: rtmps://origin.example.net/live
    key_credential: second-key
    pull: true
    placement: cpu
    threads: 2
`

func TestLoad(t *testing.T) {
	path := write(t, full)
	c, err := Load(path, nil, testKinds())
	if err != nil {
		t.Fatal(err)
	}
	silence := Detector{true, detectors.Hold{For: 4 * time.Second, Keep: time.Second}, detectors.Critical,
		map[string]any{"below": "-50dBFS", "clock_area": 0.1, "window": "1m30s"}}
	common := Detector{true, detectors.Hold{For: 10 * time.Second, Keep: time.Second}, detectors.Critical,
		map[string]any{"below": "-50dBFS"}}
	freeze := Detector{Enabled: true, Hold: detectors.Hold{For: 3 * time.Second, Keep: time.Second}, Severity: detectors.Major}
	off := freeze
	off.Enabled = false
	want := &Config{
		File: path, Site: "studio-4", StateDirectory: "/srv/vedette", LogLevel: slog.LevelDebug,
		API:    API{Listen: ":9000"},
		TLS:    TLS{Certificate: "/etc/c.pem", KeyCredential: "tls-key"},
		Worker: Worker{Path: "/opt/worker", MemoryLimit: 512 * MiB},
		Bus:    Bus{MaxSize: 2 * GiB, MaxAge: 30 * 24 * time.Hour},
		Egress: Egress{Digest: DefaultDigest, Message: DefaultMessage, Budget: DefaultBudget},
		Feeds: []Feed{
			{Name: "main.programme", Source: "rtmp://:1935/live/main", Placement: Auto,
				Detectors: map[string]Detector{"silence": silence, "freeze": off}},
			{Name: "second", Source: "rtmps://origin.example.net/live", Pull: true, Placement: CPU,
				KeyCredential: "second-key", Threads: 2, Detectors: map[string]Detector{"silence": common, "freeze": freeze}},
		},
		defaults: map[string]Detector{"silence": common, "freeze": freeze},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/run/state:/run/more")
	c, err := Load(write(t, "feeds: [{name: a, source: 'rtmp://:1935/live/a'}]"), nil, testKinds())
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	if c.Site != host || c.StateDirectory != "/run/state" || c.LogLevel != slog.LevelInfo || c.API.Listen != DefaultListen ||
		c.Worker.MemoryLimit != DefaultMemoryLimit || c.Bus != (Bus{DefaultBusSize, DefaultBusAge}) {
		t.Errorf("got %+v", c)
	}
	if c, err = Load("", nil, testKinds()); err != nil || len(c.Feeds) != 0 {
		t.Errorf("without a file: %+v, %v", c, err)
	}
}

// TestLayers checks that the command line wins over the environment and that over the file.
func TestLayers(t *testing.T) {
	t.Setenv("VEDETTE_SITE", "from-env")
	t.Setenv("VEDETTE_API_LISTEN", "127.0.0.1:7000")
	c, err := Load(write(t, full), []string{
		"site=from-flag", "bus.max_age=2h", "detectors.freeze.for=1s", "detectors.silence.below=-40dBFS",
		"feeds.main.programme.placement=cpu", "feeds.second.detectors.silence={for: 2s, count: 7}",
	}, testKinds())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Site, c.API.Listen, c.Bus.MaxAge, c.Bus.MaxSize, c.Feeds[0].Placement,
		c.Feeds[1].Detectors["freeze"].Hold.For, c.Feeds[1].Detectors["silence"].Hold.For,
		c.Feeds[1].Detectors["silence"].Settings)
	want := fmt.Sprint("from-flag", "127.0.0.1:7000", 2*time.Hour, 2*GiB, CPU, time.Second, 2*time.Second,
		map[string]any{"below": "-40dBFS", "count": 7})
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c, err = Load("", []string{"detectors.freeze.for=1s"}, testKinds())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Feed("clip", "a.mp4").Detectors["freeze"].Hold.For; got != time.Second {
		t.Errorf("a feed beside the configuration holds for %s, want 1s", got)
	}
}

func TestArm(t *testing.T) {
	kinds := testKinds()
	c, err := Load(write(t, full), nil, kinds)
	if err != nil {
		t.Fatal(err)
	}
	feed := c.Feeds[0]
	first, err := feed.Arm(kinds)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := feed.Arm(kinds)
	if len(first) != 1 || first[0].Kind.Name != "silence" || first[0].Severity != detectors.Critical || first[0].Hold.For != 4*time.Second {
		t.Fatalf("armed %+v", first)
	}
	want := &quiet{Below: -50, ClockArea: 0.1, Count: 2, Window: 90 * time.Second}
	if !reflect.DeepEqual(first[0].Detector, want) {
		t.Errorf("settings %+v, want %+v", first[0].Detector, want)
	}
	if first[0].Detector == second[0].Detector {
		t.Error("two feeds share a detector")
	}
	feed.Dwell(7 * time.Second)
	if armed, _ := feed.Arm(kinds); armed[0].Hold.For != 7*time.Second || c.Feeds[0].Detectors["silence"].Hold.For != 4*time.Second {
		t.Error("Dwell does not set this feed alone")
	}
}

func TestDiff(t *testing.T) {
	load := func(text string) *Config {
		c, err := Load(write(t, text), nil, testKinds())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := load(full)
	changed := strings.NewReplacer("for: 4s", "for: 5s", "name: second", "name: third", "log_level: debug", "log_level: warn").Replace(full)
	names := func(feeds []Feed) (all []string) {
		for _, f := range feeds {
			all = append(all, f.Name)
		}
		return all
	}
	d := Diff(old, load(changed))
	got := fmt.Sprint(names(d.Added), names(d.Removed), names(d.Changed), names(d.Unchanged), d.Sections)
	if want := "[third] [second] [main.programme] [] [log_level]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if d := Diff(old, load(full)); len(d.Unchanged) != 2 || len(d.Sections) != 0 {
		t.Errorf("a configuration differs from itself: %+v", d)
	}
	// A default that a feed inherits changes the feed.
	if d := Diff(old, load(strings.Replace(full, "-50dBFS", "-51dBFS", 1))); len(d.Changed) != 2 {
		t.Errorf("changed %v", names(d.Changed))
	}
}
