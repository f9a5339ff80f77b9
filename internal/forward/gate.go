package forward

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Limits bounds what leaves. The zero value takes the defaults.
type Limits struct {
	Message int           // bytes of one message as it is sent; 16 KiB where 0
	Budget  int64         // bytes of one feed in a day, over all sinks; 10 MB where 0
	Kept    int           // bytes of sent messages kept in memory to be shown; 1 MiB where 0
	Every   time.Duration // a digest of each feed; none where 0
}

// vitalBudget is how many times the budget the opening and closing of incidents may take: they are
// bounded by how fast a detector may speak, and matter more than bytes.
const vitalBudget = 4

// Draft is what a sink wants to send: the messages, and how they look on its wire.
type Draft struct {
	Messages []Message
	Body     []byte
	Media    string // of the body: "application/json"
	To       string // topic or subject, where the sink has such
}

// Parcel is what may leave. Only a [Gate] makes one.
type Parcel struct {
	draft Draft
}

// Messages are what the parcel says.
func (p Parcel) Messages() []Message { return p.draft.Messages }

// Body is what is sent, byte for byte. It is not to be written to.
func (p Parcel) Body() []byte { return p.draft.Body }

// Media is the type of the body.
func (p Parcel) Media() string { return p.draft.Media }

// To is the topic or subject.
func (p Parcel) To() string { return p.draft.To }

// What the gate says where it lets nothing through.
var (
	// ErrTooLong is of a message whose form on the wire is longer than allowed.
	ErrTooLong = errors.New("it is longer than a message may be")
	// ErrBudget is of a feed that has used what it may send in a day.
	ErrBudget = errors.New("the feed has used up what it may send today")
	// errStrange is of a draft that says more than its messages.
	errStrange = errors.New("it holds what is in no message")
)

// Gate is where everything that leaves passes. It is safe for concurrent use.
type Gate struct {
	limits Limits

	mu   sync.Mutex
	day  time.Time
	used map[string]int64 // bytes of today, by feed; "" for what concerns none
	log  egress
}

// NewGate makes the one gate of a daemon.
func NewGate(l Limits) *Gate {
	if l.Message == 0 {
		l.Message = 16 << 10
	}
	if l.Budget == 0 {
		l.Budget = 10e6
	}
	if l.Kept == 0 {
		l.Kept = 1 << 20
	}
	return &Gate{limits: l, used: map[string]int64{}, log: egress{most: l.Kept}}
}

// Admit lets a draft through or says why not. What it holds is charged once to its feeds, however
// often it must be sent until it arrives.
func (g *Gate) Admit(d Draft, now time.Time) (Parcel, error) {
	if err := g.look(d); err != nil {
		return Parcel{}, fmt.Errorf("message %s is not sent: %w", name(d), err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(g.day) {
		g.day, g.used = day, map[string]int64{}
	}
	share := int64(len(d.Body)) / int64(len(d.Messages))
	costs := map[string]int64{}
	for _, m := range d.Messages {
		most := g.limits.Budget
		if m.vital() {
			most *= vitalBudget
		}
		feeds := m.feeds()
		if len(feeds) == 0 {
			feeds = []string{""}
		}
		for _, feed := range feeds {
			costs[feed] += share / int64(len(feeds))
			if g.used[feed]+costs[feed] > most {
				return Parcel{}, fmt.Errorf("message %s is not sent: %w (%d bytes)", m.ID(), ErrBudget, g.used[feed])
			}
		}
	}
	for feed, cost := range costs {
		g.used[feed] += cost
	}
	d.Body = bytes.Clone(d.Body)
	return Parcel{d}, nil
}

// look holds a draft against its messages: in its form on the wire each may take what it takes in
// JSON, encoded and described, and no more.
func (g *Gate) look(d Draft) error {
	if len(d.Messages) == 0 {
		return errStrange
	}
	room := 0
	for _, m := range d.Messages {
		if m.body == nil {
			return errStrange
		}
		room += 4*len(m.text) + 2<<10
	}
	switch {
	case len(d.Body) > g.limits.Message*len(d.Messages):
		return ErrTooLong
	case len(d.Body) > room:
		return errStrange
	}
	return nil
}

func name(d Draft) string {
	if len(d.Messages) == 0 || d.Messages[0].body == nil {
		return "without a name"
	}
	return d.Messages[0].ID()
}
