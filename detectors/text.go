package detectors

import (
	"fmt"
	"strings"
)

var (
	severityNames = []string{Info: "info", Minor: "minor", Major: "major", Critical: "critical"}
	phaseNames    = []string{Opened: "opened", Updated: "updated", Closed: "closed", Acknowledged: "acknowledged"}
	stateNames    = []string{Unknown: "unknown", Clear: "clear", Present: "present"}
)

// String returns "info", "minor", "major" or "critical".
func (s Severity) String() string { return nameOf(severityNames, int(s)) }

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) {
	return marshalName("severity", severityNames, int(s))
}

// UnmarshalText reads a name.
func (s *Severity) UnmarshalText(text []byte) error {
	i, err := parseName("severity", severityNames, string(text))
	if err == nil {
		*s = Severity(i)
	}
	return err
}

// String returns "opened", "updated", "closed" or "acknowledged".
func (p Phase) String() string { return nameOf(phaseNames, int(p)) }

// MarshalText writes the name.
func (p Phase) MarshalText() ([]byte, error) { return marshalName("phase", phaseNames, int(p)) }

// UnmarshalText reads a name.
func (p *Phase) UnmarshalText(text []byte) error {
	i, err := parseName("phase", phaseNames, string(text))
	if err == nil {
		*p = Phase(i)
	}
	return err
}

// String returns "unknown", "clear" or "present".
func (s State) String() string { return nameOf(stateNames, int(s)) }

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return marshalName("state", stateNames, int(s)) }

// UnmarshalText reads a name.
func (s *State) UnmarshalText(text []byte) error {
	i, err := parseName("state", stateNames, string(text))
	if err == nil {
		*s = State(i)
	}
	return err
}

func nameOf(names []string, i int) string {
	if i >= len(names) || names[i] == "" {
		return fmt.Sprintf("invalid(%d)", i)
	}
	return names[i]
}

func marshalName(what string, names []string, i int) ([]byte, error) {
	if i >= len(names) || names[i] == "" {
		return nil, fmt.Errorf("%s %d has no name", what, i)
	}
	return []byte(names[i]), nil
}

func parseName(what string, names []string, text string) (int, error) {
	var known []string
	for i, name := range names {
		if name == "" {
			continue
		}
		if name == text {
			return i, nil
		}
		known = append(known, name)
	}
	return 0, fmt.Errorf("%s %q: want one of %s", what, text, strings.Join(known, ", "))
}
