package forward

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Body returns what the message says. It is not to be written to.
func (m Message) Body() Body { return *m.body }

// JSON returns the message in the form of the schema.
func (m Message) JSON() []byte { return bytes.Clone(m.text) }

// ID is the same for a message that is sent again and for no other.
func (m Message) ID() string { return m.body.ID }

// Type says what it tells.
func (m Message) Type() Type { return m.body.Type }

// Site is where it comes from.
func (m Message) Site() string { return m.body.Site }

// Time is when what it tells was stored.
func (m Message) Time() time.Time { return m.body.Time }

// Feed is the feed that it concerns; "" where it is none or several.
func (m Message) Feed() string { return m.body.Feed }

// Incidents are those that it tells of; none where it is about something else.
func (m Message) Incidents() []Incident {
	if m.body.Incident != nil {
		return []Incident{*m.body.Incident}
	}
	return m.body.Incidents
}

// Severity is the highest of its incidents, or that of a notice; info of all else.
func (m Message) Severity() detectors.Severity {
	severity := detectors.Info
	for _, i := range m.Incidents() {
		severity = max(severity, i.Severity)
	}
	if m.body.Notice != nil {
		severity = max(severity, m.body.Notice.Severity)
	}
	return severity
}

// Verb is what happened to the incidents: "opened", "updated", "closed", "acknowledged" or "still
// open"; "" where there are none.
func (m Message) Verb() string {
	if m.body.Type == StillOpen {
		return "still open"
	}
	if len(m.Incidents()) == 0 {
		return ""
	}
	_, verb, _ := strings.Cut(string(m.body.Type), ".")
	return verb
}

// Title is the message in one line for people.
func (m Message) Title() string {
	b := m.body
	switch {
	case b.Incident != nil:
		return fmt.Sprintf("[%s] %s: %s %s %s%s", b.Site, b.Incident.Feed, b.Incident.Kind, b.Incident.Severity, m.Verb(), m.lasted())
	case len(b.Incidents) > 0:
		return fmt.Sprintf("[%s] %d feeds: %s %s %s: %s", b.Site, len(m.feeds()), m.kinds(), m.Severity(), m.Verb(), strings.Join(m.feeds(), ", "))
	case b.Digest != nil:
		return fmt.Sprintf("[%s] %s: available %.2f %%, not measured %.0f s, %d open", b.Site, b.Feed, b.Digest.Availability, b.Digest.NotMeasured, b.Digest.Open)
	case b.Heartbeat != nil:
		return fmt.Sprintf("[%s] alive: %d of %d feeds up, %d incidents open", b.Site, b.Heartbeat.Up, b.Heartbeat.Feeds, b.Heartbeat.Open)
	}
	return fmt.Sprintf("[%s] %s", b.Site, b.Notice.Text)
}

// lasted is how long a closed or open incident has lasted.
func (m Message) lasted() string {
	if t := m.body.Type; t != Closed && t != StillOpen {
		return ""
	}
	return fmt.Sprintf(" after %s", time.Duration(m.body.Incident.Seconds*float64(time.Second)).Round(100*time.Millisecond))
}

// Detail is what was seen, one line for each incident.
func (m Message) Detail() string {
	var lines []string
	for _, i := range m.Incidents() {
		line := fmt.Sprintf("%s %s since %s", i.Feed, i.Kind, i.Began.Format(time.RFC3339))
		if i.Detail != "" {
			line += ": " + i.Detail
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// feeds are the feeds of all incidents, each once, or the one feed.
func (m Message) feeds() []string {
	var names []string
	seen := map[string]bool{}
	for _, i := range m.Incidents() {
		if !seen[i.Feed] {
			names = append(names, i.Feed)
		}
		seen[i.Feed] = true
	}
	if len(names) == 0 && m.body.Feed != "" {
		names = []string{m.body.Feed}
	}
	return names
}

func (m Message) kinds() string {
	var names []string
	seen := map[string]bool{}
	for _, i := range m.Incidents() {
		if !seen[i.Kind] {
			names = append(names, i.Kind)
		}
		seen[i.Kind] = true
	}
	return strings.Join(names, ", ")
}

// vital tells whether it must arrive whatever it costs: it opens, closes or takes up an incident.
func (m Message) vital() bool {
	switch m.body.Type {
	case Opened, Closed, Acknowledged, GroupOpened, GroupClosed, GroupAcked:
		return true
	}
	return false
}
