package webrtc

import "time"

const (
	// repairAgain is how long an answer to a request for a key picture is waited for at first, and
	// repairSlowest in the end: an encoder that gets one after the other makes nothing but key
	// pictures, and the link that lost packets loses more.
	repairAgain   = time.Second
	repairSlowest = 10 * time.Second
)

// repair decides when a key picture is asked for.
type repair struct {
	wanted bool
	asked  time.Time
	pause  time.Duration // before the next request
}

func (r *repair) want() { r.wanted = true }

func (r *repair) wantUnless(key bool) {
	if !key {
		r.wanted = true
	}
}

// done notes that a key picture came.
func (r *repair) done() { r.wanted, r.pause = false, repairAgain }

// due tells whether to ask now, and counts on it that the caller does.
func (r *repair) due(now time.Time) bool {
	if !r.wanted {
		return false
	}
	if !r.asked.IsZero() && now.Sub(r.asked) < max(r.pause, repairAgain) {
		return false
	}
	if !r.asked.IsZero() && r.pause > 0 {
		r.pause = min(2*r.pause, repairSlowest)
	} else {
		r.pause = repairAgain
	}
	r.asked = now
	return true
}
