package feed

import (
	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// transport returns what was seen of a transport stream since the turn before; nil where the source
// carries none.
func transport(now, before *capture.TransportStream) *detectors.TransportStream {
	if now == nil {
		return nil
	}
	if before == nil {
		before = &capture.TransportStream{}
	}
	faults := func(now, before capture.Errors) detectors.Faults {
		return detectors.Faults{Count: int(now.Count - before.Count), PID: int(now.PID)}
	}
	interval := func(g capture.Gap) detectors.Interval {
		return detectors.Interval{Time: g.Time, PID: int(g.PID)}
	}
	return &detectors.TransportStream{
		Packets: int(now.Packets - before.Packets), Synced: now.Synced, Scrambled: now.Scrambled,
		SyncLosses: faults(now.SyncLosses, before.SyncLosses), SyncBytes: faults(now.SyncBytes, before.SyncBytes),
		PAT: faults(now.PAT, before.PAT), PMT: faults(now.PMT, before.PMT),
		Continuity:      faults(now.Continuity, before.Continuity),
		TransportErrors: faults(now.TransportErrors, before.TransportErrors),
		CRC:             faults(now.CRC, before.CRC), PCRBackwards: faults(now.PCRBackwards, before.PCRBackwards),
		PATGap: interval(now.PATGap), PMTGap: interval(now.PMTGap), PIDGap: interval(now.PIDGap),
		PCRGap: interval(now.PCRGap), PCRAdvance: interval(now.PCRAdvance), PTSGap: interval(now.PTSGap),
	}
}
