package mpegts

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

// stamp is what the head of a PES packet says of time.
type stamp struct {
	pts, dts time.Duration // capture.NoTime where it says nothing
}

var unstamped = stamp{capture.NoTime, capture.NoTime}

func (s stamp) known() bool { return s.pts != capture.NoTime }

// unit is one access unit, cut out of an elementary stream.
type unit struct {
	stamp
	data    []byte // the receiver's own
	format  capture.Format
	key     bool
	corrupt bool // bytes of it are missing
	lost    int  // units known to be missing before it
	length  time.Duration
}

// splitter cuts an elementary stream into units, wherever PES packets begin and end: their
// boundaries need not be those of units (ISO/IEC 13818-1, 2.4.3.7).
type splitter interface {
	begin(stamp)  // what follows is the payload of another PES packet, of which these are the times
	write([]byte) // what follows; it holds only during the call
	lose()        // bytes are missing here
}

// newSplitter returns the splitter for a coding.
func newSplitter(s stream, emit func(unit)) splitter {
	switch s.codec {
	case capture.H264:
		return &pictures{codec: s.codec, look: lookH264, emit: emit}
	case capture.HEVC:
		return &pictures{codec: s.codec, look: lookHEVC, emit: emit}
	case capture.MPEG2:
		return &pictures{codec: s.codec, look: lookMPEG2, emit: emit}
	case mpeg4:
		return &pictures{codec: s.codec, look: lookMPEG4, emit: emit}
	case s302m:
		return &parcels{head: head302, emit: emit}
	case dts:
		return &frames{head: headDTS, joined: true, emit: emit}
	case aacLATM:
		return &frames{head: (&latm{}).head, emit: emit}
	case capture.MP2, capture.AAC:
		return &frames{head: headMPEG, emit: emit}
	case capture.AC3, capture.EAC3:
		return &frames{head: headAC3, joined: true, emit: emit}
	case capture.Opus:
		return &frames{head: opus(s.opus).head, emit: emit}
	}
	return nil
}

// clock90 is a time in units of 90 kHz, exactly where nanoseconds allow.
func clock90(v int64) time.Duration { return time.Duration(v) * (time.Second / 10_000) / 9 }
