package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-av/vedette/detectors"
)

// record is one change as it lies on disk.
type record struct {
	Change detectors.Change `json:"change"`
	// Floor is the oldest number among the newest changes of the other incidents that are open:
	// a start needs to read no further back. 0 where no other is open.
	Floor uint64 `json:"floor,omitempty"`
	// Kept marks an open incident that was written again only to stay clear of the limits.
	Kept bool `json:"kept,omitempty"`
}

// entry is a record with its place in the stream.
type entry struct {
	record
	seq    uint64
	stored time.Time
}

// subject is where the changes of an incident are published. A dot in the name of a feed would
// make a level of its own.
func subject(i detectors.Incident) string {
	escape := strings.NewReplacer(".", "%2E", " ", "%20", "*", "%2A", ">", "%3E", "%", "%25")
	return "vedette.incident." + escape.Replace(i.Feed) + "." + escape.Replace(i.Kind)
}

// errRefused tells that a change cannot be stored, whatever the state of the store.
var errRefused = errors.New("the change cannot be stored")

// writeWithin is how long the server may take to write one record. A full disk makes it fall silent.
const writeWithin = 5 * time.Second

// append writes one record and returns when it is on disk. The same change written again within
// the resend window keeps its first place.
func (s *store) append(ctx context.Context, r record) (uint64, error) {
	data, err := json.Marshal(r)
	id := ""
	if err == nil {
		id, err = changeID(r.Change)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	if len(data) > longestChange-512 { // the rest is for the header
		return 0, fmt.Errorf("%w: it takes %d bytes, at most %d are kept", errRefused, len(data), longestChange-512)
	}
	msg := nats.NewMsg(subject(r.Change.Incident))
	msg.Data = data
	if !r.Kept {
		msg.Header.Set(jetstream.MsgIDHeader, id)
	}
	timed, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	ack, err := s.js.PublishMsg(timed, msg, jetstream.WithRetryAttempts(0))
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return 0, fmt.Errorf("the store did not answer within %s", writeWithin)
	}
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// changeID is the same for the same change sent twice and for nothing else: the incident, what
// happened to it, and a digest of its state as the revision.
func changeID(c detectors.Change) (string, error) {
	digest := fnv.New64a()
	if err := json.NewEncoder(digest).Encode(c); err != nil {
		return "", err
	}
	return c.Incident.ID + "/" + c.Phase.String() + "/" + strconv.FormatUint(digest.Sum64(), 36), nil
}

// mostBytes bounds one batch, so that it fits the buffer between the server and us.
const mostBytes = 1 << 20

// errNone tells that there is nothing at or after a place in the stream.
var errNone = errors.New("no such change")

// read returns up to count records from the one numbered first on, in order. A record that cannot
// be decoded is an error: it is ours, and it is checksummed.
func (s *store) read(ctx context.Context, first uint64, count int) ([]entry, error) {
	return s.batch(ctx, map[string]any{"seq": first, "batch": count, "max_bytes": mostBytes})
}

// firstSince returns the first record stored at or after a moment.
func (s *store) firstSince(ctx context.Context, t time.Time) (entry, error) {
	entries, err := s.batch(ctx, map[string]any{"start_time": t, "batch": 1})
	if err == nil && len(entries) == 0 {
		err = errNone
	}
	if err != nil {
		return entry{}, err
	}
	return entries[0], nil
}

// batch asks the stream for messages in one request (direct get, NATS ADR-31): the answers come
// one a message, the last has the status 204.
func (s *store) batch(ctx context.Context, request map[string]any) ([]entry, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := s.conn.PublishRequest("$JS.API.DIRECT.GET."+streamName, inbox, body); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var entries []entry
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the stream of incidents: %w", err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "204":
			return entries, nil
		case "404":
			return nil, errNone
		case "":
		default:
			return nil, fmt.Errorf("read the stream of incidents: status %s %s", status, msg.Header.Get("Description"))
		}
		e, err := decode(msg)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
}

func decode(msg *nats.Msg) (entry, error) {
	var e entry
	var err error
	if e.seq, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64); err != nil {
		return e, fmt.Errorf("number of a change: %w", err)
	}
	if e.stored, err = time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer)); err != nil {
		return e, fmt.Errorf("time of change %d: %w", e.seq, err)
	}
	if err := json.Unmarshal(msg.Data, &e.record); err != nil {
		return e, fmt.Errorf("decode change %d: %w", e.seq, err)
	}
	return e, nil
}
