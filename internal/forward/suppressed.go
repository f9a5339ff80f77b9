package forward

import (
	"sync"
	"time"
)

// Suppression is one message that a sink was not given, and why.
type Suppression struct {
	Time   time.Time `json:"time"`
	Sink   string    `json:"sink"`
	ID     string    `json:"id"` // of the message
	Title  string    `json:"title"`
	Reason string    `json:"reason"`
}

// SuppressedCount counts what a sink was not given for one reason, since the start of the daemon.
type SuppressedCount struct {
	Sink   string `json:"sink"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// mostSuppressed is how many are listed.
const mostSuppressed = 500

// suppressions are listed and counted, so that nothing vanishes. Safe for concurrent use.
type suppressions struct {
	mu     sync.Mutex
	last   []Suppression // a ring from next on
	next   int
	counts map[[2]string]uint64
}

func (s *suppressions) add(sink string, m Message, reason string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := Suppression{now.UTC().Truncate(time.Millisecond), sink, m.ID(), m.Title(), reason}
	if len(s.last) < mostSuppressed {
		s.last = append(s.last, one)
	} else {
		s.last[s.next] = one
	}
	s.next = (s.next + 1) % mostSuppressed
	if s.counts == nil {
		s.counts = map[[2]string]uint64{}
	}
	key := [2]string{sink, reason}
	if _, known := s.counts[key]; !known && len(s.counts) >= mostSuppressed { // silences come and go
		key = [2]string{sink, "other"}
	}
	s.counts[key]++
}

// list returns the last, the oldest first, and the counts.
func (s *suppressions) list() ([]Suppression, []SuppressedCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := []Suppression{}
	if len(s.last) == mostSuppressed {
		last = append(last, s.last[s.next:]...)
		last = append(last, s.last[:s.next]...)
	} else {
		last = append(last, s.last...)
	}
	counts := []SuppressedCount{}
	for key, count := range s.counts {
		counts = append(counts, SuppressedCount{key[0], key[1], count})
	}
	return last, counts
}
