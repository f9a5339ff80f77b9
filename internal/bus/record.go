package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
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
	return "vedette.incident." + token(i.Feed) + "." + token(i.Kind)
}

// errRefused tells that a change cannot be stored, whatever the state of the store.
var errRefused = errors.New("the change cannot be stored")

// writeWithin is how long the server may take to write one record. A full disk makes it fall silent.
const writeWithin = 5 * time.Second

// append writes one record to its file; sync makes the disk keep it. The same change written again within
// the resend window keeps its first place.
func (s *store) append(ctx context.Context, r record) (uint64, error) {
	msg, err := r.message()
	if err != nil {
		return 0, err
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

// message is a record as the server takes it.
func (r record) message() (*nats.Msg, error) {
	data, err := json.Marshal(r)
	id := ""
	if err == nil {
		id, err = changeID(r.Change)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	if len(data) > longestChange-512 { // the rest is for the header
		return nil, fmt.Errorf("%w: it takes %d bytes, at most %d are kept", errRefused, len(data), longestChange-512)
	}
	msg := nats.NewMsg(subject(r.Change.Incident))
	msg.Data = data
	if !r.Kept {
		msg.Header.Set(jetstream.MsgIDHeader, id)
	}
	return msg, nil
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

// batch asks the stream of incidents for records in one request.
func (s *store) batch(ctx context.Context, request map[string]any) ([]entry, error) {
	messages, err := s.fetch(ctx, streamName, request)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, msg := range messages {
		e, err := decode(msg)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// fetch asks a stream for messages in one request (direct get, NATS ADR-31): the answers come
// one a message, the last has the status 204.
func (s *store) fetch(ctx context.Context, stream string, request map[string]any) ([]*nats.Msg, error) {
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
	if err := s.conn.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, body); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var messages []*nats.Msg
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the stream %s: %w", stream, err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "204":
			return messages, nil
		case "404":
			return nil, errNone
		case "":
			messages = append(messages, msg)
		default:
			return nil, fmt.Errorf("read the stream %s: status %s %s", stream, status, msg.Header.Get("Description"))
		}
	}
}

func decode(msg *nats.Msg) (entry, error) {
	var e entry
	var err error
	if e.seq, e.stored, err = place(msg); err != nil {
		return e, err
	}
	if err := json.Unmarshal(msg.Data, &e.record); err != nil {
		return e, fmt.Errorf("decode change %d: %w", e.seq, err)
	}
	return e, nil
}

// place is where in its stream a message lies, and since when.
func place(msg *nats.Msg) (seq uint64, stored time.Time, err error) {
	if seq, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64); err != nil {
		return 0, stored, fmt.Errorf("number of a record: %w", err)
	}
	if stored, err = time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer)); err != nil {
		return 0, stored, fmt.Errorf("time of record %d: %w", seq, err)
	}
	return seq, stored, nil
}
