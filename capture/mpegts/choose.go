package mpegts

import (
	"github.com/vedette-av/vedette/capture"
)

// list follows a PAT that has changed.
func (d *Demuxer) list() {
	for _, p := range d.pids {
		if p != nil && p.pmt {
			p.pmt, p.sections = false, nil
		}
	}
	for _, p := range d.pat.programmes {
		on := d.pid(p.pmtPID)
		if on.sections == nil {
			on.pmt, on.sections = true, &sections{}
		}
		if p.pmtSeen == 0 {
			p.pmtSeen = d.analysis.clock
		}
	}
	if d.listed.IsZero() {
		d.listed = d.arrived
	}
	if d.chosen != nil && d.pat.byNumber[d.chosen.number] != d.chosen {
		d.open(nil)
	}
}

// choose settles which programme is watched: the one that is wanted, or the first of the list; where
// that one has not come after a while, the first that has.
func (d *Demuxer) choose() {
	if d.chosen != nil || d.listed.IsZero() {
		return
	}
	for n, p := range d.pat.programmes {
		wanted := p.number == d.programme || d.programme == 0 && (n == 0 || d.arrived.Sub(d.listed) > patience)
		if wanted && p.ready && (d.programme != 0 || p.watchable()) {
			d.open(p)
			return
		}
	}
}

// watchable tells whether a programme has something that can be decoded.
func (p *programme) watchable() bool {
	for _, s := range p.list {
		if s.codec != "" {
			return true
		}
	}
	return false
}

// open takes up a programme, or what has become of it; nil lets go of the one that there was. A track
// whose stream stays the same goes on.
func (d *Demuxer) open(p *programme) {
	before := d.tracks
	d.chosen, d.tracks = p, nil
	for _, t := range before {
		d.pid(t.pid).track = nil
	}
	if p == nil {
		return
	}
	d.emitted = d.arrived
	for _, s := range d.watched(p) {
		t := newTrack(s, d.deliver)
		for _, old := range before {
			if old.stream == s {
				t = old
			}
		}
		d.tracks = append(d.tracks, t)
		d.pid(s.pid).track = t
	}
	d.analysis.expect(d, p)
}

// watched returns the first video and the first sound of a programme, of the codings that are cut into
// units here before those that are left to the decoder's library.
func (d *Demuxer) watched(p *programme) (list []stream) {
	taken := map[capture.Media]bool{}
	for _, left := range []bool{false, true} {
		for _, s := range p.list {
			if s.codec == "" || (s.codec == capture.MPEGTS) != left || taken[s.media] || d.pid(s.pid).sections != nil {
				continue
			}
			taken[s.media] = true
			list = append(list, s)
		}
	}
	return list
}
