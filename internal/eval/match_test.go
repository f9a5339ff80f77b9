package eval

import (
	"testing"
	"time"
)

func event(from, until float64) Event { return Event{From: Seconds(from), Until: Seconds(until)} }

func maybe(from, until float64) Defect {
	d := Span(from, until)
	d.Maybe = true
	return d
}

func TestMatch(t *testing.T) {
	const tolerance = 100 * time.Millisecond
	for _, c := range []struct {
		name                  string
		truth                 []Defect
		events                []Event
		found, missed, wrongs int
	}{
		{"nothing at all", nil, nil, 0, 0, 0},
		{"right", []Defect{Span(2, 5)}, []Event{event(2, 5)}, 1, 0, 0},
		{"missed", []Defect{Span(2, 5)}, nil, 0, 1, 0},
		{"invented", nil, []Event{event(2, 5)}, 0, 0, 1},
		{"late and short", []Defect{Span(2, 5)}, []Event{event(4, 5)}, 1, 0, 0},
		{"always on", []Defect{Span(2, 5)}, []Event{event(0, 10)}, 0, 1, 1},
		{"half of it inside", []Defect{Span(2, 5)}, []Event{event(2, 8)}, 1, 0, 0},
		{"less than half inside", []Defect{Span(2, 5)}, []Event{event(2, 8.5)}, 0, 1, 1},
		{"split", []Defect{Span(2, 5)}, []Event{event(2, 3), event(3.5, 5)}, 1, 0, 1},
		{"one alarm over two defects", []Defect{Span(2, 5), Span(5.5, 9)}, []Event{event(2, 9)}, 1, 1, 0},
		{"two of two", []Defect{Span(2, 3), Span(5, 6)}, []Event{event(5, 6), event(2, 3)}, 2, 0, 0},
		{"a moment", []Defect{Span(2, 2.001)}, []Event{event(2.05, 2.05)}, 1, 0, 0},
		{"a moment beside", []Defect{Span(2, 2.001)}, []Event{event(2.2, 2.2)}, 0, 1, 1},
		{"just within the tolerance", []Defect{Span(2, 3)}, []Event{event(3.02, 3.08)}, 1, 0, 0},
		{"may be told", []Defect{maybe(2, 5)}, []Event{event(2, 5)}, 0, 0, 0},
		{"may be left out", []Defect{maybe(2, 5)}, nil, 0, 0, 0},
		{"the larger overlap wins", []Defect{Span(2, 6)}, []Event{event(2, 3), event(3.5, 6)}, 1, 0, 1},
	} {
		m := Match(c.truth, c.events, tolerance)
		if len(m.Found) != c.found || len(m.Missed) != c.missed || len(m.False) != c.wrongs {
			t.Errorf("%s: found %d, missed %d, false %d; want %d, %d, %d", c.name,
				len(m.Found), len(m.Missed), len(m.False), c.found, c.missed, c.wrongs)
		}
	}
	m := Match([]Defect{Span(2, 6)}, []Event{event(2, 3), event(3.5, 6)}, tolerance)
	if m.Found[0].Event != event(3.5, 6) {
		t.Errorf("paired with %+v, want the larger overlap", m.Found[0].Event)
	}
}
