package forward

import (
	"path"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Route says which messages a sink gets. The zero value takes everything.
type Route struct {
	Feeds       []string           // patterns as of a shell; all where empty
	Kinds       []string           // likewise
	Minimum     detectors.Severity // of incidents
	Changes     []string           // "opened", "updated", "closed", "acknowledged"; all where empty
	NoDigests   bool
	Maintenance []Window
}

// Window is a time that comes back, in which nothing is told.
type Window struct {
	Days     []time.Weekday // every day where empty; the day on which it begins
	From, To time.Duration  // since midnight; To before From is on the next day
	Zone     *time.Location
	Feeds    []string // patterns; all where empty
}

// holds tells whether a moment is in the window.
func (w Window) holds(t time.Time) bool {
	t = t.In(w.Zone)
	for back := range 2 { // a window of yesterday may last until today
		day := t.AddDate(0, 0, -back)
		if len(w.Days) > 0 && !slices.Contains(w.Days, day.Weekday()) {
			continue
		}
		at := func(d time.Duration) time.Time { // by the clock on the wall, also where it is changed that day
			return time.Date(day.Year(), day.Month(), day.Day(), int(d.Hours()), int(d.Minutes())%60, 0, 0, w.Zone)
		}
		from, to := at(w.From), at(w.To)
		if w.To <= w.From {
			to = at(w.To + 24*time.Hour)
		}
		if !t.Before(from) && t.Before(to) {
			return true
		}
	}
	return false
}

// matches tells whether a name is one of the patterns, or there are none.
func matches(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}

// wants tells whether the sink is there for a message at all.
func (r Route) wants(m Message) bool {
	b := m.body
	switch {
	case b.Incident != nil:
		return matches(r.Feeds, b.Feed) && matches(r.Kinds, b.Incident.Kind) && b.Incident.Severity >= r.Minimum &&
			(b.Type == StillOpen || len(r.Changes) == 0 || slices.Contains(r.Changes, m.Verb()))
	case b.Digest != nil:
		return !r.NoDigests && matches(r.Feeds, b.Feed)
	}
	return true
}

// muted says why a message is not to be told at the moment, or "". What it says of a message is the
// same whenever it is asked. A close is muted only if its opening was, or nobody would ever see the
// incident end.
func (r Route) muted(m Message, silences []Silence) string {
	i := m.body.Incident
	if i == nil {
		return ""
	}
	times := []time.Time{m.body.Time}
	if m.body.Type == Closed {
		times = append(times, i.Began)
	}
	all := func(holds func(time.Time) bool) bool {
		return !slices.ContainsFunc(times, func(t time.Time) bool { return !holds(t) })
	}
	for _, w := range r.Maintenance {
		if matches(w.Feeds, i.Feed) && all(w.holds) {
			return "maintenance"
		}
	}
	for _, s := range silences {
		if s.covers(*i) && all(s.holds) {
			return "silence " + s.ID
		}
	}
	return ""
}
