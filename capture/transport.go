package capture

import "time"

// TransportStream is what a source knows of the MPEG-2 transport stream it carries, by the checks of
// priority 1 and 2 of ETSI TR 101 290. Counters run from the start. Every limit is left to whoever
// judges: of each interval the longest is told.
//
// The accuracy of the PCR (2.4, ±500 ns) is not among them: it takes a hardware clock that stamps
// each packet, which a socket has not.
type TransportStream struct {
	Synced  bool   // five sync bytes in a row were found, and not two in a row missed since
	Packets uint64 // of 188 bytes, in sync
	Missing uint64 // that their counters say are missing; it may be 16 more of each PID, unseen

	SyncLosses      Errors // 1.1: two sync bytes in a row were wrong
	SyncBytes       Errors // 1.2: one was
	PAT             Errors // 1.3: PID 0 carried another table or was scrambled
	Continuity      Errors // 1.4: packets lost, out of order, or there more than twice
	PMT             Errors // 1.5: a PMT was scrambled
	TransportErrors Errors // 2.1: transport_error_indicator
	CRC             Errors // 2.2: of a PAT, CAT, PMT, NIT, SDT, BAT, EIT or TOT
	PCRBackwards    Errors // 2.3: the PCR went back without discontinuity_indicator

	// The longest since Facts was last called, of those that ended and those that still last, in
	// time in which the stream was there. Zero where there is nothing to wait for.
	PATGap     Gap // 1.3: between two PATs
	PMTGap     Gap // 1.5: between two PMTs of a programme
	PIDGap     Gap // 1.6: between two packets of a video or audio PID that the programme names
	PCRGap     Gap // 2.3: between two PCRs
	PCRAdvance Gap // 2.3: by how much the PCR stepped further than time did, without discontinuity_indicator
	PTSGap     Gap // 2.5: between two PTS of a video or audio PID

	Scrambled bool // the programme is encrypted and cannot be looked into
}

// Errors counts faults of one kind.
type Errors struct {
	Count uint64
	PID   uint16 // of the latest
}

// Gap is the longest of the intervals of one kind.
type Gap struct {
	Time time.Duration
	PID  uint16 // where
}
