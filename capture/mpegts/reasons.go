package mpegts

import (
	"fmt"
	"strings"

	"github.com/vedette-av/vedette/capture"
)

// Facts adds what the demuxer knows to what its source tells. connected is whether the stream is
// there at all; while it is, the demuxer says whether anything comes of it.
func (d *Demuxer) Facts(f *capture.Facts, connected bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.Jumps += d.state.jumps
	if connected {
		f.Up = d.state.up
		if !f.Up && d.state.reason != "" {
			f.Reason = d.state.reason
		}
	}
	told := d.told
	f.Transport = &told
	if f.Received == 0 { // what it came in numbers nothing, but the stream does
		f.Received, f.Missing = told.Packets, told.Missing
	}
	d.told.PATGap, d.told.PMTGap, d.told.PIDGap = capture.Gap{}, capture.Gap{}, capture.Gap{}
	d.told.PCRGap, d.told.PCRAdvance, d.told.PTSGap = capture.Gap{}, capture.Gap{}, capture.Gap{}
}

// tell makes what is known now known to Facts.
func (d *Demuxer) tell() {
	now := &d.analysis.now
	now.Synced = d.align.size != 0
	now.Scrambled = d.scrambled()
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.told
	d.told = *now
	for _, g := range [][2]*capture.Gap{
		{&d.told.PATGap, &before.PATGap}, {&d.told.PMTGap, &before.PMTGap}, {&d.told.PIDGap, &before.PIDGap},
		{&d.told.PCRGap, &before.PCRGap}, {&d.told.PCRAdvance, &before.PCRAdvance}, {&d.told.PTSGap, &before.PTSGap},
	} {
		if g[1].Time > g[0].Time {
			*g[0] = *g[1]
		}
	}
	d.analysis.forget()
	if d.arrived.Sub(d.emitted) > patience {
		d.state.up, d.state.reason = false, d.why()
	}
}

func (d *Demuxer) scrambled() bool {
	for _, t := range d.tracks {
		if t.scrambled {
			return true
		}
	}
	return false
}

// why says, in an operator's words, why nothing comes of a stream that arrives.
func (d *Demuxer) why() string {
	switch {
	case d.align.size == 0:
		return "what arrives is no MPEG transport stream (no sync byte every 188 or 204 bytes)"
	case d.listed.IsZero():
		return "the transport stream has no programme association table (PAT): nothing can be found in it"
	case d.chosen == nil:
		return d.whyNone()
	case d.scrambled():
		return fmt.Sprintf("programme %d is scrambled: descramble it before it comes here", d.chosen.number)
	case len(d.tracks) == 0:
		return fmt.Sprintf("programme %d has no video or audio of a known kind", d.chosen.number)
	}
	for _, t := range d.tracks {
		if t.media == capture.Video && t.came && t.waits {
			return "no key picture has come yet: decoding cannot start"
		}
	}
	return fmt.Sprintf("programme %d carries neither video nor audio at present", d.chosen.number)
}

// whyNone says why no programme could be chosen.
func (d *Demuxer) whyNone() string {
	const most = 20
	var numbers []string
	for _, p := range d.pat.programmes[:min(most, len(d.pat.programmes))] {
		numbers = append(numbers, fmt.Sprint(p.number))
	}
	there := strings.Join(numbers, ", ")
	switch {
	case len(numbers) == 0:
		return "the programme association table (PAT) lists no programme"
	case d.programme == 0:
		return "the transport stream has no programme map table (PMT) with video or audio, of programmes " + there
	case d.pat.byNumber[d.programme] == nil:
		return fmt.Sprintf("there is no programme %d in the transport stream; it has %s", d.programme, there)
	}
	return fmt.Sprintf("the transport stream has no programme map table (PMT) of programme %d", d.programme)
}
