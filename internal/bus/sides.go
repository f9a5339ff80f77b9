package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The streams beside the incidents: notes are what else is to be forwarded (digests and the like),
// values have a name and one state, such as how far a reader has come, and the dead are what the
// receiver of a sink would not take.
const (
	notesStream  = "NOTES"
	valuesStream = "VALUES"
	deadStream   = "DEAD"

	notesSubject = "vedette.note."
	valueSubject = "vedette.value."
	deadSubject  = "vedette.dead."
)

// mostDead bounds what is kept of dead letters; a facility that has more has not looked for long.
const mostDead = 64 << 20

// attachSides makes the streams beside the incidents and brings their limits up to date.
func (s *store) attachSides(ctx context.Context, o Options) error {
	for _, c := range []jetstream.StreamConfig{
		{Name: notesStream, Subjects: []string{notesSubject + ">"}, MaxBytes: o.MaxBytes / 4, MaxAge: o.MaxAge},
		{Name: valuesStream, Subjects: []string{valueSubject + ">"}, MaxMsgsPerSubject: 1},
		{Name: deadStream, Subjects: []string{deadSubject + ">"}, MaxBytes: mostDead, MaxAge: o.MaxAge},
	} {
		c.Storage, c.Retention, c.Discard = jetstream.FileStorage, jetstream.LimitsPolicy, jetstream.DiscardOld
		c.MaxMsgSize, c.AllowDirect, c.Duplicates = longestChange, true, resendWindow
		if _, err := s.js.CreateOrUpdateStream(ctx, c); err != nil {
			return fmt.Errorf("open the stream %s: %w", c.Name, err)
		}
	}
	return nil
}

// Note is one entry of a stream beside the incidents.
type Note struct {
	Seq    uint64
	Stored time.Time
	Data   []byte
}

// put appends to a stream beside the incidents and returns when it is on disk. id, where set, keeps
// what is sent twice within the resend window from being there twice.
func (b *Bus) put(ctx context.Context, subject, id string, data []byte) error {
	if len(data) > longestChange-512 {
		return fmt.Errorf("%w: it takes %d bytes", errRefused, len(data))
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.ready(ctx); err != nil {
		return err
	}
	msg := nats.NewMsg(subject)
	msg.Data = data
	if id != "" {
		msg.Header.Set(jetstream.MsgIDHeader, id)
	}
	timed, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	if _, err := b.store.js.PublishMsg(timed, msg, jetstream.WithRetryAttempts(0)); err != nil {
		if timed.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("the store did not answer within %s", writeWithin)
		}
		return b.failed(ctx, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.turn)
	b.turn = make(chan struct{})
	return nil
}

// ErrLow is returned for a note while there is so little room on the disk that it is kept for
// incidents.
var ErrLow = errors.New("the disk is nearly full: its room is kept for incidents")

// PutNote stores what is to be forwarded beside incidents. Notes are the first to go where room
// runs out.
func (b *Bus) PutNote(ctx context.Context, id string, data []byte) error {
	b.mu.Lock()
	low := b.low
	b.mu.Unlock()
	if low {
		return fmt.Errorf("store a note: %w", ErrLow)
	}
	if err := b.put(ctx, notesSubject+"all", id, data); err != nil {
		return fmt.Errorf("store a note: %w", err)
	}
	return nil
}

// Notes returns up to most notes after a number, in order; none where there are none.
func (b *Bus) Notes(ctx context.Context, after uint64, most int) ([]Note, error) {
	return b.side(ctx, notesStream, map[string]any{"seq": after + 1, "batch": most, "max_bytes": mostBytes})
}

func (b *Bus) side(ctx context.Context, stream string, request map[string]any) ([]Note, error) {
	s, err := b.current()
	if err != nil {
		return nil, err
	}
	messages, err := s.fetch(ctx, stream, request)
	if errors.Is(err, errNone) {
		return nil, nil
	}
	var notes []Note
	for _, msg := range messages {
		note := Note{Data: msg.Data}
		if note.Seq, note.Stored, err = place(msg); err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, err
}

func (b *Bus) current() (*store, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	return b.store, nil
}

// Cursor is how far a reader has come: the numbers of the last change and the last note that it
// is done with.
type Cursor struct {
	Change uint64 `json:"change"`
	Note   uint64 `json:"note"`
}

// PutCursor notes how far a reader has come.
func (b *Bus) PutCursor(ctx context.Context, reader string, c Cursor) error {
	data, err := json.Marshal(c)
	if err == nil {
		err = b.PutValue(ctx, "cursor "+reader, data)
	}
	if err != nil {
		return fmt.Errorf("note how far %s has come: %w", reader, err)
	}
	return nil
}

// Cursor returns how far a reader has come; false where it is a new one.
func (b *Bus) Cursor(ctx context.Context, reader string) (Cursor, bool, error) {
	var c Cursor
	data, err := b.Value(ctx, "cursor "+reader)
	if err == nil && data != nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		return c, false, fmt.Errorf("find out how far %s has come: %w", reader, err)
	}
	return c, data != nil, nil
}

// PutValue stores the state of something that has a name, in place of what it was.
func (b *Bus) PutValue(ctx context.Context, name string, data []byte) error {
	return b.put(ctx, valueSubject+token(name), "", data)
}

// Value returns what was last stored under a name; nil where nothing was.
func (b *Bus) Value(ctx context.Context, name string) ([]byte, error) {
	notes, err := b.side(ctx, valuesStream, map[string]any{"multi_last": []string{valueSubject + token(name)}})
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	return notes[0].Data, nil
}

// Ends are the numbers of the newest change and the newest note.
func (b *Bus) Ends(ctx context.Context) (Cursor, error) {
	s, err := b.current()
	if err != nil {
		return Cursor{}, err
	}
	_, note, err := s.span(ctx, notesStream)
	return Cursor{Change: b.LastSeq(), Note: note}, err
}

// span are the numbers of the oldest and the newest record of a stream.
func (s *store) span(ctx context.Context, name string) (first, last uint64, err error) {
	stream, err := s.js.Stream(ctx, name)
	if err != nil {
		return 0, 0, fmt.Errorf("state of the stream %s: %w", name, err)
	}
	state := stream.CachedInfo().State
	return state.FirstSeq, state.LastSeq, nil
}

// PutDead keeps what the receiver of a sink would not take.
func (b *Bus) PutDead(ctx context.Context, sink, id string, data []byte) error {
	if err := b.put(ctx, deadSubject+token(sink), id, data); err != nil {
		return fmt.Errorf("keep what %s would not take: %w", sink, err)
	}
	return nil
}

// Dead returns up to most dead letters of a sink after a number, in order.
func (b *Bus) Dead(ctx context.Context, sink string, after uint64, most int) ([]Note, error) {
	return b.side(ctx, deadStream, map[string]any{
		"seq": after + 1, "batch": most, "max_bytes": mostBytes, "next_by_subj": deadSubject + token(sink),
	})
}

// token makes a name one level of a subject.
func token(name string) string {
	return strings.NewReplacer(".", "%2E", " ", "%20", "*", "%2A", ">", "%3E", "%", "%25").Replace(name)
}
