// Package forward tells others what was found: every change of an incident, a digest of each feed,
// and that the daemon lives. Each sink reads the durable log of [bus.Bus] at its own pace, so that
// one whose receiver is away for days delays no other and loses nothing.
//
// Pictures and sound cannot leave. A [Message] is sealed: it is made only of the types of the
// schema, which have no place for them, and what a sink sends is a [Parcel], which only the [Gate]
// makes, of messages, within limits of size.
package forward

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vedette-av/vedette/detectors"
)

// Message is one message as it is forwarded. It can only be made by the functions of this package.
type Message struct {
	body *Body  // not written to
	text []byte // body in JSON
}

// The longest texts that a message holds, in characters.
const (
	longestName = 64
	longestLine = 300
)

// NewChange tells a change of an incident. stored is when it was put on disk.
func NewChange(site string, c detectors.Change, stored time.Time) Message {
	types := map[detectors.Phase]Type{
		detectors.Opened: Opened, detectors.Updated: Updated, detectors.Closed: Closed, detectors.Acknowledged: Acknowledged,
	}
	i := incident(c.Incident)
	id := i.ID + "/" + c.Phase.String()
	if c.Phase == detectors.Updated || c.Phase == detectors.Acknowledged { // of which there may be many
		digest := fnv.New64a()
		_ = json.NewEncoder(digest).Encode(c) // a change that was stored can be encoded
		id += "/" + strconv.FormatUint(digest.Sum64(), 36)
	}
	return seal(Body{Type: types[c.Phase], ID: id, Site: site, Time: stored, Feed: i.Feed, Incident: &i})
}

// NewReminder tells for the nth time that an incident is still open.
func NewReminder(site string, from detectors.Incident, n int, now time.Time) Message {
	i := incident(from)
	i.Seconds = tidy(now.Sub(from.Began).Seconds())
	return seal(Body{Type: StillOpen, ID: fmt.Sprintf("%s/open/%d", i.ID, n), Site: site, Time: now, Feed: i.Feed, Incident: &i})
}

// newGroup tells the same of several incidents in one message. Its id is made of theirs.
func newGroup(messages []Message) Message {
	first := messages[0].body
	types := map[Type]Type{Opened: GroupOpened, Updated: GroupUpdated, Closed: GroupClosed, Acknowledged: GroupAcked}
	digest := fnv.New64a()
	var incidents []Incident
	for _, m := range messages {
		_, _ = digest.Write([]byte(m.body.ID + "\n"))
		incidents = append(incidents, *m.body.Incident)
	}
	id := fmt.Sprintf("group/%s/%s", first.Incident.ID, strconv.FormatUint(digest.Sum64(), 36))
	return seal(Body{Type: types[first.Type], ID: id, Site: first.Site, Time: first.Time, Incidents: incidents})
}

// NewDigest tells how a feed has been.
func NewDigest(site, feed string, d Digest) Message {
	d.From, d.To = d.From.UTC().Truncate(time.Millisecond), d.To.UTC().Truncate(time.Millisecond)
	return seal(Body{Type: DigestType, ID: fmt.Sprintf("%s/digest/%s", feed, d.To.Format(time.RFC3339)), Site: site, Time: d.To, Feed: feed, Digest: &d})
}

// NewHeartbeat tells that the daemon lives.
func NewHeartbeat(site string, h Heartbeat, now time.Time) Message {
	h.Version = clean(h.Version, longestName)
	return seal(Body{Type: Beat, ID: "heartbeat/" + now.UTC().Format(time.RFC3339Nano), Site: site, Time: now, Heartbeat: &h})
}

// NewNotice tells something of forwarding itself. what is the same for a notice that is told again.
func NewNotice(site, what string, n Notice, now time.Time) Message {
	n.Text = clean(n.Text, longestLine)
	return seal(Body{Type: NoticeType, ID: "notice/" + what, Site: site, Time: now, Notice: &n})
}

// NewTest is the message by which an operator tries a sink.
func NewTest(site, sink string, now time.Time) Message {
	n := Notice{detectors.Info, "test of sink " + clean(sink, longestName) + ": nothing is wrong"}
	return seal(Body{Type: TestType, ID: fmt.Sprintf("test/%s/%s", sink, now.UTC().Format(time.RFC3339Nano)), Site: site, Time: now, Notice: &n})
}

// incident keeps of an incident what is forwarded.
func incident(i detectors.Incident) Incident {
	return Incident{
		ID: clean(i.ID, 200), Feed: clean(i.Feed, longestName), Kind: clean(i.Kind, longestName), Severity: i.Severity,
		Began: i.Began.UTC(), Ended: i.Ended.UTC(), Seconds: tidy((i.Until - i.At).Seconds()), Worst: min(tidy(i.Worst), 1),
		Detail: clean(i.Detail, longestLine), Flapping: i.Flapping,
		Ack: detectors.Ack{By: clean(i.Ack.By, longestName), At: i.Ack.At.UTC(), Note: clean(i.Ack.Note, longestLine)},
	}
}

// seal makes the message of a body.
func seal(b Body) Message {
	b.Schema, b.Site, b.Time = schemaName, clean(b.Site, longestName), b.Time.UTC().Truncate(time.Millisecond)
	b.ID = clean(b.Site+"/"+b.ID, 320)
	text, err := json.Marshal(b)
	if err != nil { // a number that JSON has not; the constructors let none through
		panic(fmt.Sprintf("message %s cannot be written: %v", b.ID, err))
	}
	return Message{&b, text}
}

// parse reads a message that was stored by this or an older version.
func parse(text []byte) (Message, error) {
	var b Body
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		return Message{}, fmt.Errorf("read a stored message: %w", err)
	}
	if b.Schema != schemaName || b.ID == "" {
		return Message{}, errors.New("read a stored message: it is not of this schema")
	}
	return Message{&b, text}, nil
}

// clean makes a text one line of at most so many characters.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// tidy makes a number one that can be sent: finite, not negative, to the thousandth.
func tidy(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return 0
	}
	return math.Round(x*1000) / 1000
}
