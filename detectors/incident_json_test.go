package detectors

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestChangeJSON(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 3, 40e6, time.UTC)
	c := Change{Phase: Closed, Told: 7*time.Second + 240*time.Millisecond, Incident: Incident{
		ID: "main/black/2026-03-01T12:00:03.040Z", Feed: "main", Kind: "black", Severity: Critical,
		Began: began, Ended: began.Add(2 * time.Second), At: 3040 * time.Millisecond, Until: 5040 * time.Millisecond,
		Worst: 0.75, Detail: `black "picture"`, Flapping: true,
	}}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"phase":"closed","told":7.24,"incident":{"id":"main/black/2026-03-01T12:00:03.040Z","feed":"main",` +
		`"kind":"black","severity":"critical","began":"2026-03-01T12:00:03.04Z","ended":"2026-03-01T12:00:05.04Z",` +
		`"at":3.04,"until":5.04,"worst":0.75,"detail":"black \"picture\"","flapping":true}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	var back Change
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, c) {
		t.Errorf("read back %+v, want %+v", back, c)
	}
}

func TestIncidentJSON(t *testing.T) {
	open := Incident{Severity: Info, At: -90 * time.Minute, Until: 8_640_000*time.Second + 1}
	data, err := json.Marshal(open)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "ended") {
		t.Errorf("an open incident has an end: %s", data)
	}
	var back Incident
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if !back.Ended.IsZero() || back.At != open.At || back.Until-open.Until > time.Microsecond {
		t.Errorf("read back %+v, want %+v", back, open)
	}
}

func TestIncidentJSONErrors(t *testing.T) {
	for _, text := range []string{
		`{`, `{"severity":"worst"}`, `{"severity":""}`, `{"at":"soon"}`, `{"at":1e300}`, `{"began":"today"}`,
	} {
		var i Incident
		if err := json.Unmarshal([]byte(text), &i); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	var i Incident
	if err := json.Unmarshal([]byte(`{"severity":"minor","later":1}`), &i); err != nil || i.Severity != Minor {
		t.Errorf("an unknown field: %v, %+v", err, i)
	}
	if _, err := json.Marshal(Incident{}); err == nil {
		t.Error("a severity of 0 was written")
	}
}

func TestKindStatusJSON(t *testing.T) {
	data, err := json.Marshal([]KindStatus{
		{Kind: "black", State: Present, Score: 0.5, Detail: "d", Since: 1500 * time.Millisecond, Incident: "x", Measured: true},
		{Kind: "freeze"},
	})
	want := `[{"kind":"black","state":"present","score":0.5,"detail":"d","since":1.5,"incident":"x","measured":true},` +
		`{"kind":"freeze","state":"unknown","score":0,"since":0,"measured":false}]`
	if err != nil || string(data) != want {
		t.Errorf("%v\n got %s\nwant %s", err, data, want)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Info.String(), "info"}, {Critical.String(), "critical"}, {Severity(0).String(), "invalid(0)"},
		{Severity(9).String(), "invalid(9)"}, {Opened.String(), "opened"}, {Updated.String(), "updated"},
		{Closed.String(), "closed"}, {Phase(0).String(), "invalid(0)"},
		{Unknown.String(), "unknown"}, {Clear.String(), "clear"}, {Present.String(), "present"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	var s Severity
	err := s.UnmarshalText([]byte("fatal"))
	if want := `severity "fatal": want one of info, minor, major, critical`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var p Phase
	if err := p.UnmarshalText([]byte("updated")); err != nil || p != Updated {
		t.Errorf("phase %v, %v", p, err)
	}
	var st State
	if err := st.UnmarshalText([]byte("clear")); err != nil || st != Clear {
		t.Errorf("state %v, %v", st, err)
	}
}
