// Package otlp sends messages to an OpenTelemetry receiver over HTTP in JSON (OTLP 1.x): incidents
// and notices as log records, digests and heartbeats as metrics.
package otlp

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// Sink posts to one receiver.
type Sink struct {
	web     *web.Client
	version string
}

// New makes the sink of a receiver. Its URL is the base, to which /v1/logs and /v1/metrics belong.
func New(c *config.OTLP, secret web.Secrets, version string) (*Sink, error) {
	client, err := web.New(c.Web, secret, version)
	if err != nil {
		return nil, err
	}
	return &Sink{client, version}, nil
}

// The parts of the protocol that are used, in its JSON form: 64 bit integers are text.
type (
	value struct {
		String string `json:"stringValue"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	logRecord struct {
		Time       string      `json:"timeUnixNano"`
		Severity   int         `json:"severityNumber"`
		Text       string      `json:"severityText"`
		Event      string      `json:"eventName"`
		Body       value       `json:"body"`
		Attributes []attribute `json:"attributes"`
	}
	point struct {
		Start      string      `json:"startTimeUnixNano,omitempty"`
		Time       string      `json:"timeUnixNano"`
		Number     float64     `json:"asDouble"`
		Attributes []attribute `json:"attributes,omitempty"`
	}
	gauge struct {
		Points []point `json:"dataPoints"`
	}
	metric struct {
		Name  string `json:"name"`
		Unit  string `json:"unit"`
		Gauge gauge  `json:"gauge"`
	}
)

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// attributes are pairs of keys and values; those without a value are left out.
func attributes(pairs ...string) []attribute {
	all := []attribute{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, attribute{pairs[i], value{pairs[i+1]}})
		}
	}
	return all
}

// severity is that of the OpenTelemetry log data model.
var severity = map[detectors.Severity]int{detectors.Info: 9, detectors.Minor: 13, detectors.Major: 17, detectors.Critical: 21}

func record(m forward.Message) logRecord {
	b := m.Body()
	pairs := []string{"vedette.id", m.ID(), "vedette.feed", b.Feed}
	if i := b.Incident; i != nil {
		pairs = append(pairs, "vedette.incident.id", i.ID, "vedette.kind", i.Kind, "vedette.began", i.Began.Format(time.RFC3339Nano), "vedette.detail", i.Detail,
			"vedette.seconds", strconv.FormatFloat(i.Seconds, 'f', -1, 64), "vedette.worst", strconv.FormatFloat(i.Worst, 'f', -1, 64))
	}
	return logRecord{nanos(m.Time()), severity[m.Severity()], m.Severity().String(), "vedette." + string(m.Type()), value{m.Title()}, attributes(pairs...)}
}

// metrics are those of a digest or a heartbeat.
func metrics(m forward.Message) []metric {
	b := m.Body()
	var all []metric
	start := ""
	put := func(name, unit string, number float64, pairs ...string) {
		pairs = append([]string{"vedette.feed", b.Feed}, pairs...)
		all = append(all, metric{"vedette." + name, unit, gauge{[]point{{start, nanos(m.Time()), number, attributes(pairs...)}}}})
	}
	if h := b.Heartbeat; h != nil {
		put("uptime", "s", float64(h.Uptime))
		put("feeds", "{feed}", float64(h.Feeds))
		put("feeds.up", "{feed}", float64(h.Up))
		put("incidents.open", "{incident}", float64(h.Open))
	}
	if d := b.Digest; d != nil {
		start = nanos(d.From)
		put("feed.availability", "%", d.Availability)
		put("feed.measured", "s", d.Measured)
		put("feed.not_measured", "s", d.NotMeasured)
		put("feed.incidents.open", "{incident}", float64(d.Open))
		put("feed.bit_rate", "kbit/s", d.BitRate)
		put("feed.packets.lost", "{packet}", float64(d.Lost))
		put("feed.packets.dropped", "{packet}", float64(d.Dropped))
		put("feed.decode_errors", "{error}", float64(d.DecodeErrors))
		if d.Loudness != nil {
			put("feed.loudness", "LUFS", *d.Loudness)
		}
		for _, f := range d.Faults {
			put("feed.incidents.opened", "{incident}", float64(f.Opened), "vedette.kind", f.Kind)
		}
	}
	return all
}

// Render makes requests of logs and of metrics, in the order of the messages.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && measured(batch[n]) == measured(batch[0]) {
			n++
		}
		d := forward.Draft{Messages: batch[:n], Media: "application/json", To: "/v1/logs"}
		resource := resource{attributes("service.name", "vedette", "service.version", s.version, "vedette.site", batch[0].Site())}
		scope := scope{"github.com/vedette-av/vedette", s.version}
		var request any
		if measured(batch[0]) {
			d.To = "/v1/metrics"
			var all []metric
			for _, m := range batch[:n] {
				all = append(all, metrics(m)...)
			}
			request = map[string]any{"resourceMetrics": []any{map[string]any{"resource": resource, "scopeMetrics": []any{map[string]any{"scope": scope, "metrics": all}}}}}
		} else {
			var all []logRecord
			for _, m := range batch[:n] {
				all = append(all, record(m))
			}
			request = map[string]any{"resourceLogs": []any{map[string]any{"resource": resource, "scopeLogs": []any{map[string]any{"scope": scope, "logRecords": all}}}}}
		}
		var err error
		if d.Body, err = json.Marshal(request); err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
		batch = batch[n:]
	}
	return drafts, nil
}

func measured(m forward.Message) bool {
	return m.Type() == forward.DigestType || m.Type() == forward.Beat
}

// Carry posts one request.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	target, err := s.web.Target()
	if err != nil {
		return forward.Receipt{}, err
	}
	return s.web.Post(ctx, strings.TrimSuffix(target, "/")+p.To(), p.Media(), p.Body())
}

// Close ends the connections.
func (s *Sink) Close() error { return s.web.Close() }
