package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"

	"github.com/vedette-av/vedette/detectors"
)

// Sink is one place that messages are forwarded to.
type Sink struct {
	Name string // in the API, in logs, and of how far it has come: it must not change later
	Type string

	Sites        []string // patterns: at other sites the sink is not there; all where empty
	Feeds, Kinds []string // patterns; all where empty
	Minimum      detectors.Severity
	Changes      []string // "opened", "updated", "closed", "acknowledged"; all where empty
	Digests      bool
	Heartbeat    time.Duration
	Repeat       time.Duration
	Group        time.Duration
	Maintenance  []Window

	Batch      int
	Rate       float64
	Timeout    time.Duration
	BackoffMax time.Duration
	Attempts   int

	Settings any // *CloudEvents, *MQTT and so on
}

// At tells whether the sink is there at a site.
func (s Sink) At(site string) bool {
	return len(s.Sites) == 0 || slices.ContainsFunc(s.Sites, func(pattern string) bool {
		ok, err := path.Match(pattern, site)
		return ok && err == nil
	})
}

// Window is a time that comes back, in which a sink is told nothing.
type Window struct {
	Days     []time.Weekday
	From, To time.Duration // since midnight
	Zone     *time.Location
	Feeds    []string
}

// Egress bounds what leaves.
type Egress struct {
	Digest  time.Duration // a digest of each feed; none where 0
	Message Size          // the longest message
	Budget  Size          // of a feed in a day
}

type egressDocument struct {
	Digest  time.Duration `mapstructure:"digest"`
	Message Size          `mapstructure:"largest_message"`
	Budget  Size          `mapstructure:"budget"`
}

// sinkDocument is what can be set of every sink; the rest is its own.
type sinkDocument struct {
	Name        string           `mapstructure:"name"`
	Type        string           `mapstructure:"type"`
	Sites       []string         `mapstructure:"sites"`
	Feeds       []string         `mapstructure:"feeds"`
	Kinds       []string         `mapstructure:"kinds"`
	Minimum     string           `mapstructure:"minimum"`
	Changes     []string         `mapstructure:"changes"`
	Digests     *bool            `mapstructure:"digests"`
	Heartbeat   *time.Duration   `mapstructure:"heartbeat"`
	Repeat      time.Duration    `mapstructure:"repeat"`
	Group       time.Duration    `mapstructure:"group"`
	Maintenance []windowDocument `mapstructure:"maintenance"`
	Batch       int              `mapstructure:"batch"`
	Rate        float64          `mapstructure:"rate"`
	Timeout     time.Duration    `mapstructure:"timeout"`
	BackoffMax  time.Duration    `mapstructure:"backoff_max"`
	Attempts    int              `mapstructure:"attempts"`
}

type windowDocument struct {
	Days  []string `mapstructure:"days"`
	From  string   `mapstructure:"from"`
	To    string   `mapstructure:"to"`
	Zone  string   `mapstructure:"zone"`
	Feeds []string `mapstructure:"feeds"`
}

const defaultHeartbeat = time.Minute

// sinks makes and checks the list of sinks.
func (t *tree) sinks(doc document) ([]Sink, Problems) {
	var problems Problems
	var sinks []Sink
	names := map[string]bool{}
	for i, written := range doc.Forward {
		place := fmt.Sprintf("forward[%d]", i)
		sink, wrong := t.sink(place, written)
		problems = append(problems, wrong...)
		if len(wrong) > 0 {
			continue
		}
		if names[sink.Name] {
			problems = append(problems, t.at(join(place, "name"), fmt.Sprintf("another sink is called %s too: give each its own name", sink.Name)))
		}
		names[sink.Name] = true
		sinks = append(sinks, sink)
	}
	return sinks, problems
}

// sink makes one sink of what is written.
func (t *tree) sink(place string, written map[string]any) (Sink, Problems) {
	name, ok := written["type"].(string)
	if !ok || name == "" {
		return Sink{}, Problems{t.at(place, "has no type: it is one of "+list(typeNames()))}
	}
	at := slices.Index(typeNames(), name)
	if at < 0 {
		return Sink{}, Problems{t.at(join(place, "type"), unknown("type of sink "+shorten(name), name, typeNames()))}
	}
	kind := sinkTypes[at]
	settings := kind.settings()
	var doc sinkDocument
	own, common := flatKeys(reflect.TypeOf(settings).Elem()), flatKeys(reflect.TypeFor[sinkDocument]())
	ofOwn, ofAll := map[string]any{}, map[string]any{}
	var problems Problems
	for _, key := range slices.Sorted(maps.Keys(written)) {
		switch {
		case slices.Contains(common, key):
			ofAll[key] = written[key]
		case slices.Contains(own, key):
			ofOwn[key] = written[key]
		default:
			problems = append(problems, t.at(join(place, key), unknown("key", key, slices.Concat(common, own))))
		}
	}
	problems = append(problems, t.fill(place, ofAll, &doc)...)
	problems = append(problems, t.fill(place, ofOwn, settings)...)
	if len(problems) > 0 {
		return Sink{}, problems
	}
	s := Sink{
		Name: cmp.Or(doc.Name, name), Type: name, Sites: doc.Sites, Feeds: doc.Feeds, Kinds: doc.Kinds, Changes: doc.Changes, Digests: !kind.people,
		Repeat: doc.Repeat, Group: doc.Group, Batch: doc.Batch, Rate: doc.Rate, Timeout: doc.Timeout, BackoffMax: doc.BackoffMax,
		Attempts: doc.Attempts, Settings: settings,
	}
	if doc.Digests != nil {
		s.Digests = *doc.Digests
	}
	if !kind.people {
		s.Heartbeat = defaultHeartbeat
	}
	if doc.Heartbeat != nil {
		s.Heartbeat = *doc.Heartbeat
	}
	problems = append(problems, t.checkSink(place, &s, doc)...)
	for _, c := range settings.(checked).check() {
		problems = append(problems, t.at(join(place, c.key), c.text))
	}
	return s, problems
}

// fill decodes keys into a struct that holds the defaults.
func (t *tree) fill(place string, written map[string]any, into any) Problems {
	config := mapstructure.DecoderConfig{Result: into}
	strict(&config)
	decoder, err := mapstructure.NewDecoder(&config)
	if err == nil {
		err = decoder.Decode(written)
	}
	return t.problems(place, err, nil)
}

// checkSink checks what every sink has, and reads what types alone cannot.
func (t *tree) checkSink(place string, s *Sink, doc sinkDocument) Problems {
	var problems Problems
	bad := func(key, format string, args ...any) {
		problems = append(problems, t.at(join(place, key), fmt.Sprintf(format, args...)))
	}
	if err := ValidName(s.Name); err != nil {
		bad("name", "%s", err)
	}
	if doc.Minimum != "" {
		if severity, ok := severities[doc.Minimum]; ok {
			s.Minimum = severity
		} else {
			bad("minimum", "%s", unknown(fmt.Sprintf("severity %q", shorten(doc.Minimum)), doc.Minimum, slices.Sorted(maps.Keys(severities))))
		}
	}
	phases := []string{"opened", "updated", "closed", "acknowledged"}
	for _, change := range doc.Changes {
		if !slices.Contains(phases, change) {
			bad("changes", "%s", unknown(fmt.Sprintf("change %q", shorten(change)), change, phases))
		}
	}
	for _, pattern := range slices.Concat(doc.Sites, doc.Feeds, doc.Kinds) {
		if _, err := path.Match(pattern, ""); err != nil {
			bad("feeds", "%q is no pattern: write it like studio-*", shorten(pattern))
		}
	}
	within := func(key string, value, least, most time.Duration) {
		if value != 0 && (value < least || value > most) {
			bad(key, "%s is not from %s to %s", value, least, most)
		}
	}
	within("heartbeat", s.Heartbeat, time.Second, time.Hour)
	within("repeat", s.Repeat, time.Minute, 7*24*time.Hour)
	within("group", s.Group, 100*time.Millisecond, time.Minute)
	within("timeout", s.Timeout, time.Second, 5*time.Minute)
	within("backoff_max", s.BackoffMax, time.Second, time.Hour)
	for key, value := range map[string]float64{"batch": float64(s.Batch), "rate": s.Rate, "attempts": float64(s.Attempts)} {
		if value < 0 || value > 1000 {
			bad(key, "%g is not from 0 to 1000; 0 is the default", value)
		}
	}
	if w, ok := s.Settings.(*Webhook); ok && w.Preset == "pagerduty" && s.Group != 0 {
		bad("group", "cannot be with preset pagerduty, which ties events together by their incident: leave it out")
	}
	if q, ok := s.Settings.(interface{ Fifo() bool }); ok && q.Fifo() && s.Group != 0 {
		bad("group", "cannot be with a FIFO queue or topic, which keeps the order of each feed alone: leave it out")
	}
	for i, w := range doc.Maintenance {
		window, err := w.window()
		if err != nil {
			bad(fmt.Sprintf("maintenance[%d]", i), "%s", err)
		}
		s.Maintenance = append(s.Maintenance, window)
	}
	return problems
}

var weekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

func (d windowDocument) window() (w Window, err error) {
	w.Feeds = d.Feeds
	for _, day := range d.Days {
		number, ok := weekdays[strings.ToLower(day)]
		if !ok {
			return w, errors.New(unknown(fmt.Sprintf("day %q", shorten(day)), day, slices.Sorted(maps.Keys(weekdays))))
		}
		w.Days = append(w.Days, number)
	}
	if w.From, err = clock(d.From); err != nil {
		return w, fmt.Errorf("from: %w", err)
	}
	if w.To, err = clock(d.To); err != nil {
		return w, fmt.Errorf("to: %w", err)
	}
	if w.Zone, err = time.LoadLocation(cmp.Or(d.Zone, "Local")); err != nil {
		return w, fmt.Errorf("zone %q is not known: write it like Europe/Berlin", shorten(d.Zone))
	}
	return w, nil
}

// typeNames are the types of sinks.
func typeNames() []string {
	var names []string
	for _, s := range sinkTypes {
		names = append(names, s.name)
	}
	return names
}

// flatKeys are the keys of a struct and of those that are squashed into it.
func flatKeys(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("mapstructure"), ",")
		if options == "squash" {
			keys = append(keys, flatKeys(t.Field(i).Type)...)
		} else if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
