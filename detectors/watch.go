package detectors

import (
	"math"
	"strings"
	"time"
)

// staleAfter is how long a picture or a block of sound stands for what came after it. Both come
// many times a second; where pictures are announced to be slower, three of them are waited for.
const (
	staleAfter     = time.Second
	staleAtMost    = 30 * time.Second
	staleIntervals = 3
)

// An open incident is told again when its worst score grew by updateScore or its detail changed,
// but at most once in updateEvery: enough to follow it, too little to fill a sink.
const (
	updateScore = 0.1
	updateEvery = 10 * time.Second
)

// watch is one armed detector with its episode and the incident made of it.
type watch struct {
	Armed
	episode *Episode

	verdict  Verdict
	since    time.Duration // when verdict.State was first given
	asked    bool
	answered bool // something other than Unknown, ever

	seen  time.Duration // feed clock when its part was last measured
	lag   time.Duration // how far that sample's own time was behind the feed clock
	slow  time.Duration // its nominal interval, where known
	fresh bool

	worst  float64 // of the pending or open episode
	detail string

	incident Incident // while the episode is open
	toldAt   time.Duration
	told     struct {
		worst  float64
		detail string
	}
}

// ask returns the answer to a sample and the time it is for. ok is false where there is nothing
// to say. A detector whose part has not been measured for a while is not asked: it is Unknown.
func (w *watch) ask(s Sample, now time.Duration) (at time.Duration, v Verdict, ok bool) {
	if w.Kind.Reads&s.Parts() != 0 {
		w.seen, w.lag, w.fresh = now, now-s.At, true
		if s.Picture != nil && w.Kind.Reads&Pictures != 0 {
			w.slow = s.Picture.Duration
		}
		v = w.Detector.Judge(s)
		w.remember(v, s.At)
		return s.At, v, true
	}
	stale := min(max(staleAfter, staleIntervals*w.slow), staleAtMost)
	if !w.fresh || now-w.seen <= stale {
		return 0, Verdict{}, false
	}
	// The time of its own samples goes on, which analysis may have left behind the clock.
	at = now - w.lag
	w.remember(Verdict{}, at)
	return at, Verdict{}, true
}

func (w *watch) remember(v Verdict, at time.Duration) {
	if !w.asked || v.State != w.verdict.State {
		w.since = at
	}
	w.verdict, w.asked = v, true
	if v.State != Unknown {
		w.answered = true
	}
}

// note keeps the largest score and the latest detail of an episode. fresh tells that no episode
// was on its way before this answer.
func (w *watch) note(v Verdict, fresh bool) {
	if fresh {
		w.worst, w.detail = 0, ""
	}
	if v.State != Present {
		return
	}
	if !math.IsNaN(v.Score) {
		w.worst = max(w.worst, min(v.Score, 1))
	}
	if v.Detail != "" {
		w.detail = v.Detail
	}
}

func (w *watch) open(feed string, epoch time.Time) {
	began := wall(epoch, w.episode.Began())
	// Two incidents of one kind never share an id, even if samples come within a millisecond.
	if w.incident.ID != "" && !began.After(w.incident.Began) {
		began = w.incident.Began.Add(time.Millisecond)
	}
	w.incident = Incident{
		ID:       incidentID(feed, w.Kind.Name, began),
		Feed:     feed,
		Kind:     w.Kind.Name,
		Severity: w.Severity,
		Began:    began,
		At:       w.episode.Began(),
		Flapping: w.episode.Flapping(),
	}
	w.refresh()
}

func (w *watch) refresh() {
	w.incident.Until = w.episode.LastBad()
	w.incident.Worst = w.worst
	w.incident.Detail = w.detail
	if w.incident.Flapping {
		w.incident.Detail = join("comes and goes", w.detail)
	}
}

func (w *watch) resume(i Incident) {
	w.episode.Resume(i.At, i.Until, i.Flapping)
	w.incident, w.worst = i, i.Worst
	w.detail = i.Detail
	if i.Flapping {
		w.detail = strings.TrimPrefix(strings.TrimPrefix(i.Detail, "comes and goes"), ": ")
	}
	w.told.worst, w.told.detail = i.Worst, i.Detail
	w.toldAt = math.MinInt64 / 2
}

func (w *watch) close(epoch time.Time, lapsed bool) Incident {
	i := w.incident
	i.Until = w.episode.Last().Ended
	i.Ended = wall(epoch, i.Until)
	if i.Ended.Before(i.Began) {
		i.Ended = i.Began
	}
	if lapsed {
		i.Detail = join(i.Detail, "closed: it could not be confirmed any more")
	}
	return i
}

func (w *watch) worthTelling(now time.Duration) bool {
	if now-w.toldAt < updateEvery {
		return false
	}
	return w.incident.Worst >= w.told.worst+updateScore || w.incident.Detail != w.told.detail
}

func (w *watch) toldNow(now time.Duration) {
	w.toldAt = now
	w.told.worst, w.told.detail = w.incident.Worst, w.incident.Detail
}

// incidentID is feed/kind/began, with began in UTC to the millisecond.
func incidentID(feed, kind string, began time.Time) string {
	return feed + "/" + kind + "/" + began.UTC().Format("2006-01-02T15:04:05.000Z")
}

func join(detail, more string) string {
	if detail == "" || more == "" {
		return detail + more
	}
	return detail + ": " + more
}
