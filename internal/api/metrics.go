package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/status"
)

// figure is one metric of a feed.
type figure struct {
	name, help string
	kind       prometheus.ValueType
	value      func(status.Feed) float64
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// figures is every metric of a feed that is one number.
var figures = []figure{
	{"up", "1 while a peer is connected and sends, else 0.", gauge, func(f status.Feed) float64 { return truth(f.State == status.Up) }},
	{"received_packets_total", "Packets of media received.", counter, func(f status.Feed) float64 { return float64(f.Packets) }},
	{"received_bytes_total", "Bytes of media received.", counter, func(f status.Feed) float64 { return float64(f.Bytes) }},
	{"lost_packets_total", "Packets known by the transport to be missing.", counter, func(f status.Feed) float64 { return float64(f.Lost) }},
	{"dropped_packets_total", "Packets dropped here because analysis could not keep up.", counter, func(f status.Feed) float64 { return float64(f.Dropped) }},
	{"timestamp_jumps_total", "Discontinuities of the sender's timestamps.", counter, func(f status.Feed) float64 { return float64(f.Jumps) }},
	{"decode_errors_total", "Packets that the decoder refused.", counter, func(f status.Feed) float64 { return float64(f.DecodeErrors) }},
	{"pictures_total", "Pictures measured.", counter, func(f status.Feed) float64 { return float64(f.Pictures) }},
	{"sound_blocks_total", "Blocks of sound measured, 20 ms each.", counter, func(f status.Feed) float64 { return float64(f.Sounds) }},
	{"received_bytes_per_second", "Bytes of media received in a second, lately.", gauge, func(f status.Feed) float64 { return f.BitRate * 125 }},
	{"frame_rate_hertz", "Pictures measured in a second.", gauge, func(f status.Feed) float64 { return f.FrameRate }},
	{"network_received_packets_total", "Packets received, as the transport numbers them.", counter, func(f status.Feed) float64 { return float64(network(f).Received) }},
	{"network_missing_packets_total", "Packets that never came, or too late.", counter, func(f status.Feed) float64 { return float64(network(f).Missing) }},
	{"network_recovered_packets_total", "Packets that were missing and came after all, by retransmission.", counter, func(f status.Feed) float64 { return float64(network(f).Recovered) }},
	{"network_jitter_seconds", "Jitter of arrival (RFC 3550, 6.4.1).", gauge, func(f status.Feed) float64 { return seconds(network(f).Jitter) }},
	{"network_round_trip_seconds", "Time to the peer and back, 0 where it is not measured.", gauge, func(f status.Feed) float64 { return seconds(network(f).RoundTrip) }},
	{"behind_seconds", "Age of the oldest packet not analysed yet.", gauge, func(f status.Feed) float64 { return seconds(f.Behind) }},
	{"skew_seconds", "Clock of the feed minus arrival.", gauge, func(f status.Feed) float64 { return seconds(f.Skew) }},
	{"last_picture_timestamp_seconds", "When the last picture was measured, 0 for never.", gauge, func(f status.Feed) float64 { return timestamp(f.LastPicture) }},
	{"worker_restarts_total", "Times that the worker of the feed was started again.", counter, func(f status.Feed) float64 { return float64(f.Worker.Restarts) }},
}

// sinkFigures is every metric of a sink. The names are of what [forward.SinkState] has.
var sinkFigures = []struct {
	name, help string
	kind       prometheus.ValueType
	value      func(forward.SinkState) float64
}{
	{"up", "1 while what is sent is taken, else 0.", gauge, func(s forward.SinkState) float64 { return truth(s.State == "up") }},
	{"behind_messages", "Messages that were not delivered yet, at most: some may be for other sinks.", gauge, func(s forward.SinkState) float64 { return float64(s.Behind) }},
	{"behind_seconds", "Age of the oldest message that was not delivered.", gauge, func(s forward.SinkState) float64 { return s.Oldest }},
	{"delivered_messages_total", "Messages taken by the receiver.", counter, func(s forward.SinkState) float64 { return float64(s.Delivered) }},
	{"delivered_bytes_total", "Bytes of messages taken by the receiver.", counter, func(s forward.SinkState) float64 { return float64(s.Bytes) }},
	{"failed_attempts_total", "Times that what was sent was not taken.", counter, func(s forward.SinkState) float64 { return float64(s.Failures) }},
	{"suppressed_messages_total", "Messages kept back by silences, maintenance and the budget.", counter, func(s forward.SinkState) float64 { return float64(s.Suppressed) }},
	{"refused_messages_total", "Messages put aside because the receiver refuses them.", counter, func(s forward.SinkState) float64 { return float64(s.Dead) }},
	{"lost_changes_total", "Changes that the limits of the store dropped before they were sent.", counter, func(s forward.SinkState) float64 { return float64(s.Lost) }},
	{"last_delivery_timestamp_seconds", "When the receiver last took something, 0 for never.", gauge, func(s forward.SinkState) float64 { return timestamp(s.LastDelivered) }},
	{"last_error_timestamp_seconds", "When something was last not taken, 0 for never.", gauge, func(s forward.SinkState) float64 { return timestamp(s.LastErrorAt) }},
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// network is what the transport of a feed knows, all 0 where it knows nothing.
func network(f status.Feed) status.Network {
	if f.Network == nil {
		return status.Network{}
	}
	return *f.Network
}

func seconds(s status.Seconds) float64 { return time.Duration(s).Seconds() }

func timestamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// collector reads the feeds when it is scraped, so that nothing is counted twice.
type collector struct {
	server    *Server
	feeds     []*prometheus.Desc // as figures
	state     *prometheus.Desc
	detector  *prometheus.Desc
	incidents *prometheus.Desc
	changes   *prometheus.Desc
	watchers  *prometheus.Desc
	listeners *prometheus.Desc
	healthy   *prometheus.Desc
	sinks     []*prometheus.Desc // as sinkFigures
}

func newCollector(s *Server) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("vedette_"+name, help, labels, nil)
	}
	c := &collector{
		server:    s,
		state:     desc("feed_state", "1 for the state that the feed is in, 0 for the others.", "feed", "state"),
		detector:  desc("feed_detector_state", "What the detector last said: 0 unknown, 1 clear, 2 present.", "feed", "kind"),
		incidents: desc("incidents_open", "Incidents that are open.", "feed", "kind", "severity"),
		changes:   desc("incident_changes_total", "Changes of incidents stored since the store was made."),
		watchers:  desc("event_readers", "Clients that read the stream of events."),
		listeners: desc("listener_events_total", "What a listening port has met: publishers, and refusals by reason.", "protocol", "address", "event"),
		healthy:   desc("healthy", "1 while every loop of the daemon turns, else 0."),
	}
	for _, f := range figures {
		c.feeds = append(c.feeds, desc("feed_"+f.name, f.help, "feed"))
	}
	for _, f := range sinkFigures {
		c.sinks = append(c.sinks, desc("sink_"+f.name, f.help, "sink", "type"))
	}
	return c
}

// Describe names what Collect gives.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range append(slices.Concat(c.feeds, c.sinks), c.state, c.detector, c.incidents, c.changes, c.watchers, c.listeners, c.healthy) {
		out <- desc
	}
}

// states is every state of a feed.
var states = []status.State{status.Starting, status.Waiting, status.Up, status.Down, status.Parked}

// answers gives the answers of a detector their numbers.
var answers = map[string]float64{"clear": 1, "present": 2}

// Collect reads everything at this moment.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	send := func(desc *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, kind, value, labels...)
	}
	o := c.server.options
	for _, feed := range o.Feeds.Feeds() {
		for i, f := range figures {
			send(c.feeds[i], f.kind, f.value(feed), feed.Name)
		}
		for _, state := range states {
			send(c.state, gauge, truth(feed.State == state), feed.Name, string(state))
		}
		for _, d := range feed.Detectors {
			send(c.detector, gauge, answers[d.State], feed.Name, d.Kind)
		}
	}
	type place struct{ feed, kind, severity string }
	open := map[place]int{}
	for _, i := range o.Incidents.OpenIncidents("") {
		open[place{i.Feed, i.Kind, i.Severity.String()}]++
	}
	for p, count := range open {
		send(c.incidents, gauge, float64(count), p.feed, p.kind, p.severity)
	}
	send(c.changes, counter, float64(o.Incidents.LastSeq()))
	if o.Listeners != nil {
		for _, l := range o.Listeners() {
			for _, e := range l.Events {
				send(c.listeners, counter, float64(e.Count), l.Protocol, l.Address, e.Name)
			}
		}
	}
	c.collectSinks(send)
	send(c.watchers, gauge, float64(c.server.watchers.Load()))
	send(c.healthy, gauge, truth(o.Health(time.Now()) == nil))
}

// collectSinks reads how the sinks are doing. Where the store does not answer, how far they are
// behind is not known, and nothing is told of them.
func (c *collector) collectSinks(send func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	if c.server.options.Forwarding == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin/2)
	defer cancel()
	states, err := c.server.options.Forwarding.Sinks(ctx)
	if err != nil {
		return
	}
	for _, state := range states {
		for i, f := range sinkFigures {
			send(c.sinks[i], f.kind, f.value(state), state.Name, state.Type)
		}
	}
}

// metrics answers a scrape, from a registry of our own.
func (s *Server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "vedette_build_info", Help: "1, with the version and the site as labels.",
		ConstLabels: prometheus.Labels{"version": s.options.Version, "site": s.options.Site},
	})
	build.Set(1)
	registry.MustRegister(build, newCollector(s), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4, Timeout: answerWithin,
		ErrorLog: lineLog{s.log}, ErrorHandling: promhttp.ContinueOnError,
	})
}

// lineLog gives the words of the metrics library to the log.
type lineLog struct{ log *slog.Logger }

// Println logs one line.
func (l lineLog) Println(words ...any) {
	l.log.Warn("metrics", "error", fmt.Sprint(words...))
}
