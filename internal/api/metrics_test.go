package api

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetrics(t *testing.T) {
	d := serve(t, nil)
	d.publish(opened(incident("second", "black", 1)), opened(incident("second", "black", 2)), opened(incident("main.programme", "freeze", 3)))
	code, _, body := d.ask("GET", "/metrics?collect[]=all")
	if code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	for _, want := range []string{
		`vedette_build_info{site="studio-4",version="1.2.3"} 1`,
		`vedette_feed_up{feed="main.programme"} 1`,
		`vedette_feed_up{feed="second"} 0`,
		`vedette_feed_state{feed="second",state="waiting"} 1`,
		`vedette_feed_state{feed="second",state="up"} 0`,
		`vedette_feed_received_bytes_total{feed="main.programme"} 1.099511627776e+12`,
		`vedette_feed_received_packets_total{feed="main.programme"} 7500`,
		`vedette_feed_lost_packets_total{feed="main.programme"} 1`,
		`vedette_feed_dropped_packets_total{feed="main.programme"} 2`,
		`vedette_feed_timestamp_jumps_total{feed="main.programme"} 3`,
		`vedette_feed_decode_errors_total{feed="main.programme"} 4`,
		`vedette_feed_pictures_total{feed="main.programme"} 5000`,
		`vedette_feed_sound_blocks_total{feed="main.programme"} 9000`,
		`vedette_feed_received_bytes_per_second{feed="main.programme"} 750062.5`,
		`vedette_feed_frame_rate_hertz{feed="main.programme"} 25`,
		`vedette_feed_behind_seconds{feed="main.programme"} 0.04`,
		`vedette_feed_last_picture_timestamp_seconds{feed="main.programme"} 1.7723664e+09`,
		`vedette_feed_last_picture_timestamp_seconds{feed="second"} 0`,
		`vedette_feed_worker_restarts_total{feed="main.programme"} 1`,
		`vedette_feed_detector_state{feed="main.programme",kind="freeze"} 2`,
		`vedette_feed_detector_state{feed="main.programme",kind="black"} 1`,
		`vedette_incidents_open{feed="second",kind="black",severity="major"} 2`,
		`vedette_incident_changes_total 3`,
		`vedette_event_readers 0`,
		`vedette_listener_events_total{address=":1935",event="wrong_key",protocol="rtmp"} 7`,
		`vedette_sink_up{sink="good",type="mailbox"} 1`,
		`vedette_sink_behind_messages{sink="good",type="mailbox"} 3`,
		`vedette_sink_delivered_messages_total{sink="bad",type="mailbox"} 0`,
		`vedette_sink_last_error_timestamp_seconds{sink="bad",type="mailbox"} 0`,
		`vedette_healthy 1`,
		`process_resident_memory_bytes `,
		`go_goroutines `,
	} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("%s is missing", want)
		}
	}
	d.health = errors.New("stuck")
	if _, _, body := d.ask("GET", "/metrics"); !strings.Contains(body, "\nvedette_healthy 0") {
		t.Error("still healthy")
	}
}

// TestMetricNames holds the names against the conventions of Prometheus.
func TestMetricNames(t *testing.T) {
	d := serve(t, nil)
	d.publish(opened(incident("second", "black", 1)))
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(newCollector(d.Server)); err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
