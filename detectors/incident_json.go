package detectors

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// incidentJSON is the form of an Incident on the wire and on disk: at and until in seconds on the
// feed's clock, ended left out while the incident is open.
type incidentJSON struct {
	ID       string    `json:"id"`
	Feed     string    `json:"feed"`
	Kind     string    `json:"kind"`
	Severity Severity  `json:"severity"`
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended,omitzero"`
	At       seconds   `json:"at"`
	Until    seconds   `json:"until"`
	Worst    float64   `json:"worst"`
	Detail   string    `json:"detail"`
	Flapping bool      `json:"flapping"`
	Ack      Ack       `json:"acknowledged,omitzero"`
}

type changeJSON struct {
	Phase    Phase    `json:"phase"`
	Told     seconds  `json:"told"`
	Incident Incident `json:"incident"`
}

// MarshalJSON writes the incident with lower-case names; At and Until are seconds.
func (i Incident) MarshalJSON() ([]byte, error) {
	return json.Marshal(incidentJSON{i.ID, i.Feed, i.Kind, i.Severity, i.Began, i.Ended,
		seconds(i.At), seconds(i.Until), i.Worst, i.Detail, i.Flapping, i.Ack})
}

// UnmarshalJSON reads what MarshalJSON writes. Fields that it does not know are passed over, so
// that an older version can read the incidents of a newer one.
func (i *Incident) UnmarshalJSON(data []byte) error {
	var j incidentJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read incident: %w", err)
	}
	*i = Incident{j.ID, j.Feed, j.Kind, j.Severity, j.Began, j.Ended,
		time.Duration(j.At), time.Duration(j.Until), j.Worst, j.Detail, j.Flapping, j.Ack}
	return nil
}

// MarshalJSON writes the change; Told is in seconds.
func (c Change) MarshalJSON() ([]byte, error) {
	return json.Marshal(changeJSON{c.Phase, seconds(c.Told), c.Incident})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Change) UnmarshalJSON(data []byte) error {
	var j changeJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("read change: %w", err)
	}
	*c = Change{Phase: j.Phase, Told: time.Duration(j.Told), Incident: j.Incident}
	return nil
}

// seconds is a Duration that is written in JSON as a number of seconds. A float64 holds
// nanoseconds exactly over 100 days of feed clock, and microseconds over 280 years.
type seconds time.Duration

func (s seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Seconds())
}

func (s *seconds) UnmarshalJSON(data []byte) error {
	var value float64
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	if math.Abs(value) > math.MaxInt64/1e9 {
		return fmt.Errorf("%g seconds is out of range", value)
	}
	*s = seconds(math.Round(value * 1e9))
	return nil
}
