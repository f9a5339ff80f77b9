package capture

import "time"

// wraps lists the spans after which counters of timestamps start again, as transports have them:
// 24, 31 and 32 bits of milliseconds (RTMP without extended timestamps, as ffmpeg sends it by way of
// FLV's signed ones, and in full), 32 and 33 bits at 90 kHz (RTP, MPEG-2 systems).
var wraps = [...]time.Duration{
	(1 << 24) * time.Millisecond,
	(1 << 31) * time.Millisecond,
	(1 << 32) * time.Millisecond,
	(1 << 32) * time.Second / 90_000,
	(1 << 33) * (time.Second / 10_000) / 9,
}

const (
	// presentAhead bounds by how much a frame may be presented after it is decoded, and
	// presentBefore by how much before, as some encoders have it who count from the first frame shown.
	presentAhead  = 10 * time.Second
	presentBefore = time.Second
)

// unwrap returns the true step between two timestamps of a counter that may have wrapped between
// them, where passed is the time between their arrivals. A step that no wrap makes plausible is
// returned as it is.
func unwrap(step, passed time.Duration) time.Duration {
	if plausible(step, passed) {
		return step
	}
	for _, span := range wraps {
		if s := step + span; plausible(s, passed) {
			return s
		}
		if s := step - span; plausible(s, passed) {
			return s
		}
	}
	return step
}

// plausible reports whether a timestamp may step so far in the time passed: back by the reordering
// of frames or the skew between tracks, ahead by what a sender sends at once.
func plausible(step, passed time.Duration) bool {
	return step >= -strayLimit && step <= passed+strayLimit
}

// decodeStamp returns the timestamp by which a packet is decoded, how much later it is presented
// and how far the former may go back without being a jump. The timestamp is NoTime where the sender
// gave none, or one outside any reason.
func decodeStamp(pts, dts time.Duration) (stamp, ahead, slack time.Duration) {
	havePTS, haveDTS := inRange(pts), inRange(dts)
	switch {
	case havePTS && haveDTS:
		ahead = unwrap(pts-dts, 0)
		if ahead < -presentBefore || ahead > presentAhead {
			ahead = 0
		}
		return dts, ahead, backwards
	case haveDTS:
		return dts, 0, backwards
	case havePTS:
		return pts, 0, reorder
	}
	return NoTime, 0, 0
}

func inRange(stamp time.Duration) bool { return stamp >= -stampRange && stamp <= stampRange }
