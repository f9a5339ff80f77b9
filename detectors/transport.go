package detectors

import "time"

// TransportStream is what was seen of an MPEG-2 transport stream since the Link sample before, by the
// checks of ETSI TR 101 290 (priority 1 and 2). The accuracy of the PCR (2.4) is not measurable here:
// it takes a hardware clock that stamps each packet.
type TransportStream struct {
	Packets int  // of 188 bytes, in sync
	Synced  bool // at the end

	SyncLosses, SyncBytes Faults // 1.1, 1.2
	PAT, PMT              Faults // 1.3, 1.5: another table in their place, or scrambled
	Continuity            Faults // 1.4
	TransportErrors       Faults // 2.1
	CRC                   Faults // 2.2
	PCRBackwards          Faults // 2.3

	// The longest intervals, of those that ended and those that still last.
	PATGap, PMTGap, PIDGap, PCRGap, PTSGap Interval // 1.3, 1.5, 1.6, 2.3, 2.5
	PCRAdvance                             Interval // 2.3: by how much the PCR stepped further than time did

	Scrambled bool // the programme is encrypted
}

// Faults counts faults of one kind.
type Faults struct {
	Count int
	PID   int // of the latest
}

// Interval is the longest of one kind.
type Interval struct {
	Time time.Duration
	PID  int // where
}
