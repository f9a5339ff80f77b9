package forward

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Sent is one parcel as it left, or as it was tried to be sent for the first time.
type Sent struct {
	Time      time.Time         `json:"time"`
	Sink      string            `json:"sink"`
	To        string            `json:"to,omitempty"`
	Media     string            `json:"media,omitempty"`
	Body      string            `json:"body"` // byte for byte
	Messages  []json.RawMessage `json:"messages"`
	Signature string            `json:"signature,omitempty"`
	Error     string            `json:"error,omitempty"` // why it did not arrive
	Chain     string            `json:"chain"`           // SHA-256 of the chain before it and of this record without it
}

// link is what the chain of a record must be.
func (s Sent) link(before string) string {
	s.Chain = ""
	text, _ := json.Marshal(s) // of strings and what was JSON before
	sum := sha256.Sum256(append([]byte(before+"\n"), text...))
	return hex.EncodeToString(sum[:])
}

// Totals count what left since the start of the daemon.
type Totals struct {
	Messages uint64           `json:"messages"`
	Bytes    uint64           `json:"bytes"`
	Failed   uint64           `json:"failed_attempts"`
	Today    map[string]int64 `json:"bytes_today"` // by feed; "" for what concerns none
}

// egress is the last of what was sent.
type egress struct {
	most, size int
	sent       []Sent
	chain      string // of the newest
	totals     Totals
}

// Receipt is what is known of a parcel that was taken.
type Receipt struct {
	Signature string // as sent with it
}

// record notes that a parcel was sent, or for the first time was not taken.
func (g *Gate) record(sink string, p Parcel, r Receipt, failed error, now time.Time) {
	s := Sent{Time: now.UTC().Truncate(time.Millisecond), Sink: sink, To: p.draft.To, Media: p.draft.Media, Body: string(p.draft.Body), Signature: r.Signature}
	for _, m := range p.draft.Messages {
		s.Messages = append(s.Messages, m.JSON())
	}
	if failed != nil {
		s.Error = clean(failed.Error(), longestLine)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := &g.log
	if failed != nil {
		l.totals.Failed++
	} else {
		l.totals.Messages += uint64(len(p.draft.Messages))
		l.totals.Bytes += uint64(len(p.draft.Body))
	}
	s.Chain = s.link(l.chain)
	l.chain = s.Chain
	l.sent = append(l.sent, s)
	l.size += s.size()
	drop := 0
	for l.size > l.most && drop < len(l.sent)-1 {
		l.size -= l.sent[drop].size()
		drop++
	}
	clear(l.sent[:drop])
	l.sent = l.sent[drop:]
}

// size is about what a record takes in memory.
func (s Sent) size() int {
	size := 200 + len(s.Body)
	for _, m := range s.Messages {
		size += len(m)
	}
	return size
}

// failed counts an attempt that is not recorded because one of the parcel was before.
func (g *Gate) failed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log.totals.Failed++
}

// Egress returns the last parcels exactly as they were sent, the oldest first, and the totals.
func (g *Gate) Egress() ([]Sent, Totals) {
	g.mu.Lock()
	defer g.mu.Unlock()
	totals := g.log.totals
	totals.Today = map[string]int64{}
	for feed, bytes := range g.used {
		totals.Today[feed] = bytes
	}
	return append([]Sent{}, g.log.sent...), totals
}

// BrokenError tells what is wrong with a log of what was sent.
type BrokenError struct {
	Line int // from 1
	Text string
}

// Error is one line.
func (e *BrokenError) Error() string { return fmt.Sprintf("record %d: %s", e.Line, e.Text) }
