package detectors

import (
	"encoding/json"
	"time"
)

// KindStatus is what one detector of a feed says at the moment.
type KindStatus struct {
	Kind     string
	State    State
	Score    float64 // 0 where State is Unknown
	Detail   string
	Since    time.Duration // on the feed's clock, when it first said so
	Incident string        // id of the open incident
	Measured bool          // false while it never said anything but Unknown
}

// MarshalJSON writes the status with lower-case names; Since is in seconds.
func (k KindStatus) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind     string  `json:"kind"`
		State    State   `json:"state"`
		Score    float64 `json:"score"`
		Detail   string  `json:"detail,omitempty"`
		Since    seconds `json:"since"`
		Incident string  `json:"incident,omitempty"`
		Measured bool    `json:"measured"`
	}{k.Kind, k.State, k.Score, k.Detail, seconds(k.Since), k.Incident, k.Measured})
}

// States returns what every armed detector says, in the order of the table.
func (b *Bank) States() []KindStatus {
	states := make([]KindStatus, 0, len(b.watches))
	for _, w := range b.watches {
		k := KindStatus{
			Kind:     w.Kind.Name,
			State:    w.verdict.State,
			Since:    w.since,
			Measured: w.answered,
		}
		if k.State != Unknown {
			k.Score, k.Detail = w.verdict.Score, w.verdict.Detail
		}
		if w.episode.Open() {
			k.Incident = w.incident.ID
		}
		states = append(states, k)
	}
	return states
}

// Unmeasured returns the kinds that never answered anything but Unknown: what nobody may conclude
// to be in order.
func (b *Bank) Unmeasured() []string {
	var kinds []string
	for _, w := range b.watches {
		if !w.answered {
			kinds = append(kinds, w.Kind.Name)
		}
	}
	return kinds
}
