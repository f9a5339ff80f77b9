package detecttest

import (
	"fmt"

	"github.com/vedette-av/vedette/detectors"
)

// transportWord changes what a link says of its transport stream: "ts" is one at which all is well.
func transportWord(l *detectors.Link, w Word, progress float64) error {
	if l.Transport == nil {
		l.Transport = &detectors.TransportStream{Packets: 500, Synced: true}
	}
	t := l.Transport
	if len(w.Args) == 0 {
		return nil
	}
	faults := map[string]*detectors.Faults{
		"lost": &t.SyncLosses, "sync": &t.SyncBytes, "pat": &t.PAT, "pmt": &t.PMT, "continuity": &t.Continuity,
		"failed": &t.TransportErrors, "crc": &t.CRC, "back": &t.PCRBackwards,
	}
	intervals := map[string]*detectors.Interval{
		"pat-gap": &t.PATGap, "pmt-gap": &t.PMTGap, "pid-gap": &t.PIDGap, "pcr-gap": &t.PCRGap,
		"pts-gap": &t.PTSGap, "ahead": &t.PCRAdvance,
	}
	name := w.Args[0]
	switch {
	case name == "unsynced":
		t.Synced, t.Packets = false, 0
	case name == "none":
		t.Packets = 0
	case name == "scrambled":
		t.Scrambled = true
	case faults[name] != nil:
		n, err := w.arg(1, 1, progress)
		*faults[name] = detectors.Faults{Count: int(n), PID: 256}
		return err
	case intervals[name] != nil:
		d, err := w.time(1, 0)
		*intervals[name] = detectors.Interval{Time: d, PID: 256}
		return err
	default:
		return fmt.Errorf("unknown argument %q", name)
	}
	return nil
}
