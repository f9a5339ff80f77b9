package hls

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

const (
	// ahead is how many segments wait for their time beside the one that is played.
	ahead = 2
	// tries is how often a segment is asked for, and mostMissing how many in a row may be missing
	// before something else is wrong.
	tries       = 3
	mostMissing = 5
	// mostFailures is how often in a row the playlist may not be had.
	mostFailures = 5
)

// piece is a segment or a part of one, on its way from the network to its time.
type piece struct {
	body          []byte
	init          []byte        // what its tracks are described by, nil for a transport stream
	discontinuity bool          // what follows need not continue what came before
	missing       time.Duration // media that is missing before it
	end           bool          // nothing follows
}

// place is where a follower is.
type place struct {
	sequence int
	part     int
	uri      string // of the segment before
}

// follower follows one media playlist and fetches its segments in order.
type follower struct {
	fetch  *fetcher
	count  *counters
	facts  *facts
	pacer  *pacer
	main   bool     // tells how the stream fares; the others are its sound
	url    *url.URL // of the playlist
	base   *url.URL // where it was found, which its references are relative to
	pieces chan piece

	at      place
	started bool
	missing time.Duration
	misses  int // in a row
	broken  bool
	older   int // playlists in a row that are older than one that we had
	keys    keys
	init    *resource // of initBody
	body    []byte
	reserve reserve

	seen    string // what the playlist looked like when it last changed
	changed time.Time
	stale   bool
}

var errEnded = errors.New("the stream has ended: the playlist says so (EXT-X-ENDLIST)")

// run follows the playlist until it ends or breaks. m is its first state.
func (f *follower) run(ctx context.Context, m *media) error {
	var begun time.Time
	for {
		loaded := time.Now()
		news := f.look(m, loaded)
		if begun.IsZero() {
			begun = loaded
		}
		if f.started || f.enough(m, loaded.Sub(begun)) {
			if err := f.take(ctx, m); err != nil {
				return err
			}
		}
		if m.ended && f.done(m) {
			f.say(stateEnded, errEnded.Error())
			return f.push(ctx, piece{end: true})
		}
		if err := f.pause(ctx, m, loaded, news); err != nil {
			return err
		}
		next, err := f.reload(ctx, m)
		if err != nil {
			return err
		}
		m = next
	}
}

// enough tells whether a playlist that is only just growing has enough to play on evenly until there
// is more: two segments, or what there is after the time in which there could have been more.
func (f *follower) enough(m *media, waited time.Duration) bool {
	return m.ended || f.lowLatency(m) || len(m.segments) >= 2 || waited > 3*m.target
}

// say tells how the stream fares, where it is ours to tell.
func (f *follower) say(state, trouble string) {
	if f.main {
		f.facts.state(state)
	}
	f.facts.troubled(trouble)
}

// look compares a playlist with the one before and reports whether it has changed.
func (f *follower) look(m *media, now time.Time) bool {
	looks := fmt.Sprint(m.sequence, len(m.segments), len(m.parts), m.ended)
	if n := len(m.segments); n > 0 {
		looks += m.segments[n-1].uri
	}
	if looks != f.seen {
		f.seen, f.changed, f.stale = looks, now, false
		f.say(stateLive, "")
		return true
	}
	// A server has one target duration and a half for the next state (rfc8216bis, 6.2.1).
	if still := now.Sub(f.changed); still > m.target*3/2+time.Second/2 && !m.ended {
		if !f.stale {
			f.stale = true
			f.count.stale.Add(1)
			f.fetch.opt.Log.Warn("HLS playlist stands still", "server", f.url.Host, "target", m.target)
		}
		f.say(stateStale, fmt.Sprintf("the playlist has not changed for %v, and a segment lasts %v at most", still.Round(time.Second), m.target))
	}
	return false
}

// done reports whether all of a playlist has been taken.
func (f *follower) done(m *media) bool { return f.at.sequence >= m.sequence+len(m.segments) }

// take fetches what is new in a playlist.
func (f *follower) take(ctx context.Context, m *media) error {
	f.locate(m)
	for f.at.sequence < m.sequence+len(m.segments) {
		s := &m.segments[f.at.sequence-m.sequence]
		if len(s.parts) > f.at.part && (f.at.part > 0 || f.lowLatency(m)) {
			if err := f.takeParts(ctx, s, s.parts); err != nil {
				return err
			}
		} else if f.at.part == 0 {
			if err := f.takeOne(ctx, s, s.resource, s.duration, s.gap, true); err != nil {
				return err
			}
		}
		f.at = place{sequence: f.at.sequence + 1, uri: s.uri}
	}
	if f.lowLatency(m) && f.at.sequence == m.sequence+len(m.segments) && len(m.parts) > f.at.part {
		s := segment{}
		if n := len(m.segments); n > 0 {
			s.init, s.key = m.segments[n-1].init, m.segments[n-1].key
		}
		return f.takeParts(ctx, &s, m.parts)
	}
	return nil
}

// lowLatency tells whether parts are worth to be fetched: the server says when there is a new one.
func (f *follower) lowLatency(m *media) bool { return m.canBlock && m.holdBack > 0 && !m.ended }

func (f *follower) takeParts(ctx context.Context, s *segment, parts []part) error {
	for ; f.at.part < len(parts); f.at.part++ {
		p := parts[f.at.part]
		if err := f.takeOne(ctx, s, p.resource, p.duration, p.gap, f.at.part == 0); err != nil {
			return err
		}
	}
	return nil
}

// locate finds where to go on in a playlist: where we are, or where to begin.
func (f *follower) locate(m *media) {
	last := m.sequence + len(m.segments) // the segment that is not there yet
	if !f.started {
		f.started = true
		if i := f.at.sequence - 1 - m.sequence; f.at.uri != "" && i >= 0 && i < len(m.segments) && m.segments[i].uri == f.at.uri {
			return // where an earlier session was
		}
		f.at = f.beginning(m)
		return
	}
	switch {
	case f.at.sequence > last:
		// An old copy, as a cache has it; or the numbers have begun again.
		if f.older++; f.older < 3 && f.at.sequence-last <= 3 {
			return
		}
		f.at, f.broken, f.reserve = f.beginning(m), true, reserve{}
	case f.at.sequence < m.sequence:
		expired := m.sequence - f.at.sequence
		f.count.expired.Add(uint64(expired))
		f.missing += time.Duration(expired) * m.target
		f.at, f.reserve = f.beginning(m), reserve{}
	}
	f.older = 0
}

// beginning returns where to begin: three target durations before the end of what is live (RFC 8216,
// 6.3.3), or as long before it as the server wants for parts; at the first segment of what has ended.
func (f *follower) beginning(m *media) place {
	if m.ended {
		return place{sequence: m.sequence}
	}
	left := 3 * m.target
	last := m.sequence + len(m.segments)
	if f.lowLatency(m) {
		left = m.holdBack
		for i := len(m.parts) - 1; i >= 0; i-- {
			if left -= m.parts[i].duration; left <= 0 && m.parts[i].independent {
				return place{sequence: last, part: i}
			}
		}
	}
	n := len(m.segments)
	for n > 0 && left > 0 {
		n--
		left -= m.segments[n].duration
	}
	return place{sequence: m.sequence + n}
}

// takeOne fetches a segment or a part and hands it on. What cannot be had is missing, and the stream
// goes on with the next.
func (f *follower) takeOne(ctx context.Context, s *segment, r resource, duration time.Duration, gap, first bool) error {
	if first && s.discontinuity {
		f.count.discontinuities.Add(1)
		f.broken = true
	}
	f.reserve.add(duration)
	if gap {
		f.count.gaps.Add(1)
		f.missing += duration
		return nil
	}
	body, init, err := f.get(ctx, s, r, duration)
	var refused refusal
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return err
	case err != nil:
		f.count.missing.Add(1)
		f.missing += duration
		f.fetch.opt.Log.Warn("HLS segment missing", "server", f.url.Host, "reason", clip(err.Error()))
		f.facts.troubled("a segment is missing: " + clip(err.Error()))
		if f.misses++; f.misses >= mostMissing {
			return fmt.Errorf("%d segments in a row could not be had: %w", f.misses, err)
		}
		return nil
	}
	f.misses = 0
	f.count.segments.Add(1)
	f.count.bytes.Add(uint64(len(body)))
	p := piece{body: body, init: init, discontinuity: f.broken, missing: f.missing}
	f.broken, f.missing = false, 0
	return f.push(ctx, p)
}

// push hands a piece on, and waits while enough of them wait for their time.
func (f *follower) push(ctx context.Context, p piece) error {
	select {
	case f.pieces <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// get fetches a segment, more than once where it does not come, and what describes it.
func (f *follower) get(ctx context.Context, s *segment, r resource, duration time.Duration) (body, init []byte, err error) {
	within := max(2*duration, f.fetch.opt.Opening)
	if s.init != nil && (f.init == nil || *f.init != *s.init) {
		b, err := f.retry(ctx, *s.init, mostInit, within)
		if err != nil {
			return nil, nil, fmt.Errorf("initialization (EXT-X-MAP): %w", err)
		}
		f.init, f.body = s.init, b
	}
	if body, err = f.retry(ctx, r, mostSegment, within); err != nil {
		return nil, nil, err
	}
	if s.key != nil {
		if body, err = f.keys.open(ctx, f.fetch, f.base, s.key, f.at.sequence, body); err != nil {
			return nil, nil, err
		}
	}
	if s.init != nil {
		init = f.body
	}
	return body, init, nil
}

// retry asks for a resource a few times: the playlist may be ahead of the server's other parts.
func (f *follower) retry(ctx context.Context, r resource, most int64, within time.Duration) (body []byte, err error) {
	u, err := resolve(f.base, r.uri)
	if err != nil {
		return nil, err
	}
	for try := range tries {
		if try > 0 {
			if err := rest(ctx, time.Duration(try)*500*time.Millisecond); err != nil {
				return nil, err
			}
		}
		body, _, err = f.fetch.get(ctx, u, r, most, within)
		if err == nil || ctx.Err() != nil || errors.As(err, new(refusal)) {
			return body, err
		}
	}
	return nil, err
}

// pause waits until the playlist may have news (RFC 8216, 6.3.4).
func (f *follower) pause(ctx context.Context, m *media, loaded time.Time, news bool) error {
	wait := m.target
	switch {
	case f.lowLatency(m):
		wait = 50 * time.Millisecond // the server holds its answer until there is news
		if !news {
			wait = m.holdBack / 3
		}
	case !news:
		wait /= 2
	}
	if f.main && !m.ended {
		f.pacer.nudge(f.reserve.correct(f.pacer.position(loaded), m.target, loaded, news))
	}
	return rest(ctx, time.Until(loaded.Add(wait)))
}

// reload fetches the playlist again, in the face of a few failures in a row.
func (f *follower) reload(ctx context.Context, m *media) (*media, error) {
	u := *f.url
	within := f.fetch.opt.Opening
	if f.lowLatency(m) {
		q := u.Query()
		q.Set("_HLS_msn", fmt.Sprint(f.at.sequence))
		q.Set("_HLS_part", fmt.Sprint(f.at.part))
		u.RawQuery = q.Encode()
		within += 3 * m.target
	}
	for failures := 1; ; failures++ {
		next, base, err := f.fetch.media(ctx, &u, within, f.count)
		if err == nil {
			f.base = base
			return next, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if failures >= mostFailures || errors.As(err, new(refusal)) {
			return nil, fmt.Errorf("playlist: %w", err)
		}
		f.facts.troubled("the playlist cannot be had: " + clip(err.Error()))
		if err := rest(ctx, max(m.target/2, time.Second/2)); err != nil {
			return nil, err
		}
	}
}

// rest waits, or says that ctx has ended.
func rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
