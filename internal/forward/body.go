package forward

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// schemaName is the version of what is sent: docs/schema/message-v1.json.
const schemaName = "vedette.message/1"

// Type says what a message tells.
type Type string

// The types of messages. A group tells the same of several incidents at once.
const (
	Opened       Type = "incident.opened"
	Updated      Type = "incident.updated"
	Closed       Type = "incident.closed"
	Acknowledged Type = "incident.acknowledged"
	StillOpen    Type = "incident.open" // a reminder
	GroupOpened  Type = "incidents.opened"
	GroupUpdated Type = "incidents.updated"
	GroupClosed  Type = "incidents.closed"
	GroupAcked   Type = "incidents.acknowledged"
	DigestType   Type = "digest"
	Beat         Type = "heartbeat"
	NoticeType   Type = "notice"
	TestType     Type = "test"
)

// Body is what a message says, in the form of the schema. Only names, numbers, times and short
// lines have a place in it.
type Body struct {
	Schema    string     `json:"schema"`
	ID        string     `json:"id"`
	Type      Type       `json:"type"`
	Site      string     `json:"site"`
	Time      time.Time  `json:"time"`
	Feed      string     `json:"feed,omitempty"`
	Incident  *Incident  `json:"incident,omitempty"`
	Incidents []Incident `json:"incidents,omitempty"`
	Digest    *Digest    `json:"digest,omitempty"`
	Heartbeat *Heartbeat `json:"heartbeat,omitempty"`
	Notice    *Notice    `json:"notice,omitempty"`
}

// Incident is an incident as it is forwarded.
type Incident struct {
	ID       string             `json:"id"`
	Feed     string             `json:"feed"`
	Kind     string             `json:"kind"`
	Severity detectors.Severity `json:"severity"`
	Began    time.Time          `json:"began"`
	Ended    time.Time          `json:"ended,omitzero"`
	Seconds  float64            `json:"seconds"` // how long it has lasted
	Worst    float64            `json:"worst"`   // 0 to 1
	Detail   string             `json:"detail,omitempty"`
	Flapping bool               `json:"flapping,omitempty"`
	Ack      detectors.Ack      `json:"acknowledged,omitzero"`
}

// Digest sums up a feed over a time.
type Digest struct {
	From         time.Time `json:"from"`
	To           time.Time `json:"to"`
	Availability float64   `json:"availability_percent"`
	Measured     float64   `json:"measured_seconds"`
	NotMeasured  float64   `json:"not_measured_seconds"`
	Open         int       `json:"open"` // incidents at the end
	Faults       []Fault   `json:"faults,omitempty"`
	Loudness     *float64  `json:"loudness_lufs,omitempty"`
	TruePeak     *float64  `json:"true_peak_dbtp,omitempty"`
	BitRate      float64   `json:"kbit_per_second,omitempty"`
	LowestRate   float64   `json:"lowest_kbit_per_second,omitempty"`
	Lost         uint64    `json:"packets_lost,omitempty"`
	Dropped      uint64    `json:"packets_dropped,omitempty"`
	DecodeErrors uint64    `json:"decode_errors,omitempty"`
}

// Fault counts the incidents of one kind in a digest.
type Fault struct {
	Kind   string  `json:"kind"`
	Opened int     `json:"opened"`
	Worst  float64 `json:"worst"`
}

// Heartbeat says that the daemon is there.
type Heartbeat struct {
	Version string `json:"version"`
	Uptime  int    `json:"uptime_seconds"`
	Feeds   int    `json:"feeds"`
	Up      int    `json:"up"`
	Open    int    `json:"open"` // incidents
}

// Notice is what the daemon says of itself and of forwarding.
type Notice struct {
	Severity detectors.Severity `json:"severity"`
	Text     string             `json:"text"`
}
