package forward

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fault is the nth incident of a feed: they begin a minute apart.
func fault(feed, kind string, n int) detectors.Incident {
	began := noon.Add(time.Duration(n) * time.Minute)
	return detectors.Incident{
		ID: fmt.Sprintf("%s/%s/%s", feed, kind, began.Format("2006-01-02T15:04:05.000Z")), Feed: feed, Kind: kind,
		Severity: detectors.Major, Began: began, At: time.Minute, Until: 2 * time.Minute, Worst: 0.75, Detail: "no change for 3.0 s",
	}
}

func changed(phase detectors.Phase, i detectors.Incident) detectors.Change {
	if phase == detectors.Closed {
		i.Ended = i.Began.Add(10 * time.Second)
	}
	return detectors.Change{Phase: phase, Incident: i, Told: i.At + 3*time.Second}
}

// samples is one message of each type, each with all that it can hold.
func samples() []Message {
	i := fault("main.programme", "freeze", 1)
	i.Flapping, i.Ack = true, detectors.Ack{By: "mira", At: noon, Note: "on it"}
	level := -23.1
	var all []Message
	for _, phase := range []detectors.Phase{detectors.Opened, detectors.Updated, detectors.Closed, detectors.Acknowledged} {
		m := NewChange("studio-4", changed(phase, i), noon)
		all = append(all, m, newGroup([]Message{m, NewChange("studio-4", changed(phase, fault("b", "freeze", 1)), noon)}))
	}
	return append(all, NewReminder("studio-4", i, 3, noon),
		NewDigest("studio-4", "b", Digest{From: noon, To: noon.Add(time.Minute), Availability: 99.5, Measured: 59, NotMeasured: 1, Open: 1,
			Faults: []Fault{{"freeze", 2, 0.9}}, Loudness: &level, TruePeak: &level, BitRate: 6000, LowestRate: 12, Lost: 1, Dropped: 2, DecodeErrors: 3}),
		NewHeartbeat("studio-4", Heartbeat{"1.2", 60, 2, 1, 1}, noon),
		NewNotice("studio-4", "sink/cloud/1", Notice{detectors.Major, "sink cloud does not answer"}, noon),
		NewTest("studio-4", "cloud", noon))
}

// TestSchema holds every type of message, full and empty, against the published schema, and reads
// it back.
func TestSchema(t *testing.T) {
	s, err := LoadSchema()
	if err != nil {
		t.Fatal(err)
	}
	all := append(samples(), NewChange("s", changed(detectors.Opened, detectors.Incident{ID: "a/b/c", Feed: "a", Kind: "b", Severity: detectors.Info}), noon),
		NewDigest("s", "a", Digest{From: noon, To: noon}))
	seen := map[Type]bool{}
	ids := map[string]bool{}
	for _, m := range all {
		seen[m.Type()] = true
		if err := s.Check(m.JSON()); err != nil {
			t.Errorf("%s: %v\n%s", m.Type(), err, m.JSON())
		}
		if ids[m.ID()] {
			t.Errorf("%s: another message has this id", m.ID())
		}
		ids[m.ID()] = true
		back, err := parse(m.JSON())
		if err != nil || !reflect.DeepEqual(back.Body(), m.Body()) {
			t.Errorf("%s: read back %+v, %v", m.Type(), back.Body(), err)
		}
		if m.Title() == "" || strings.Contains(m.Title(), "\n") {
			t.Errorf("%s: title %q", m.Type(), m.Title())
		}
	}
	if len(seen) != 13 {
		t.Errorf("%d types were tried", len(seen))
	}
}

// TestSchemaRefuses checks the checker.
func TestSchemaRefuses(t *testing.T) {
	s, err := LoadSchema()
	if err != nil {
		t.Fatal(err)
	}
	good := string(NewChange("s", changed(detectors.Opened, fault("a", "freeze", 1)), noon).JSON())
	for name, edit := range map[string][2]string{
		"another property": {`"worst":0.75`, `"worst":0.75,"picture":"AAAA"`},
		"another type":     {`"incident.opened"`, `"frame"`},
		"another version":  {`vedette.message/1`, `vedette.message/2`},
		"no feed":          {`"feed":"a","incident"`, `"incident"`},
		"no time":          {`"2026-03-01T12:00:00Z"`, `"noon"`},
		"a list":           {`"detail":"no change for 3.0 s"`, `"detail":["no change for 3.0 s"]`},
		"a long line":      {`no change for 3.0 s`, strings.Repeat("x", 301)},
		"out of range":     {`"worst":0.75`, `"worst":1.5`},
		"a severity":       {`"major"`, `"bad"`},
		"null":             {`"worst":0.75`, `"worst":null`},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing was changed in %s", name, good)
		}
		if err := s.Check([]byte(bad)); err == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}

// TestNoPictureFits walks every type that a message is made of: there is no place for bytes, for
// anything of a free shape or for a list without an end; and texts are cut.
func TestNoPictureFits(t *testing.T) {
	var walk func(path string, of reflect.Type)
	walk = func(path string, of reflect.Type) {
		if of == reflect.TypeFor[time.Time]() {
			return
		}
		switch of.Kind() {
		case reflect.Struct:
			for i := range of.NumField() {
				walk(path+"."+of.Field(i).Name, of.Field(i).Type)
			}
		case reflect.Pointer:
			walk(path, of.Elem())
		case reflect.Slice:
			if elem := of.Elem(); elem != reflect.TypeFor[Incident]() && elem != reflect.TypeFor[Fault]() {
				t.Errorf("%s is a list of %s", path, elem)
			}
			walk(path+"[]", of.Elem())
		case reflect.String, reflect.Bool, reflect.Int, reflect.Uint8, reflect.Uint64, reflect.Float64:
		default:
			t.Errorf("%s is a %s: a picture could be in it", path, of)
		}
	}
	walk("Body", reflect.TypeFor[Body]())

	picture := base64.StdEncoding.EncodeToString(make([]byte, 50<<10))
	i := fault("a", "freeze", 1)
	i.Detail, i.Kind, i.Feed, i.ID, i.Ack.Note, i.Ack.By = picture, picture, picture, picture, picture, picture
	m := NewChange(picture, changed(detectors.Opened, i), noon)
	if len(m.JSON()) > 2500 {
		t.Errorf("%d bytes of a picture got into a message", len(m.JSON()))
	}
}

func TestCleaned(t *testing.T) {
	i := fault("a", "freeze", 1)
	i.Detail, i.Worst = "a\nb\x00\xff<script>\x7f", math.NaN()
	i.Until = i.At - time.Second
	b := NewChange("s", changed(detectors.Opened, i), noon).Body()
	if got, want := b.Incident.Detail, "a b ?<script> "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if b.Incident.Worst != 0 || b.Incident.Seconds != 0 {
		t.Errorf("got %+v", b.Incident)
	}
}

// TestIDs checks that the id of a message tells the changes of an incident apart, and is the same
// for the same change.
func TestIDs(t *testing.T) {
	i := fault("a", "freeze", 1)
	worse := i
	worse.Worst = 0.9
	if a, b := NewChange("s", changed(detectors.Opened, i), noon), NewChange("s", changed(detectors.Opened, i), noon.Add(time.Hour)); a.ID() != b.ID() {
		t.Errorf("%s and %s", a.ID(), b.ID())
	}
	if a, b := NewChange("s", changed(detectors.Updated, i), noon), NewChange("s", changed(detectors.Updated, worse), noon); a.ID() == b.ID() {
		t.Errorf("both are %s", a.ID())
	}
}

func draft(messages ...Message) Draft {
	var body []byte
	for _, m := range messages {
		body = append(body, m.JSON()...)
	}
	return Draft{Messages: messages, Body: body}
}

// TestGate tries what must not pass.
func TestGate(t *testing.T) {
	m := NewChange("s", changed(detectors.Updated, fault("a", "freeze", 1)), noon)
	vital := NewChange("s", changed(detectors.Opened, fault("a", "freeze", 1)), noon)
	big := draft(m)
	big.Body = make([]byte, 5000)
	long := draft(m)
	long.Body = make([]byte, 17<<10)
	for _, c := range []struct {
		name string
		d    Draft
		want error
	}{
		{"a message", draft(m), nil},
		{"nothing", Draft{Body: []byte("x")}, errStrange},
		{"a message that was not made here", draft(Message{}), errStrange},
		{"more than its message", big, errStrange},
		{"too long", long, ErrTooLong},
	} {
		if _, err := NewGate(Limits{}).Admit(c.d, noon); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	budget := int64(2*len(m.JSON()) + 10)
	g := NewGate(Limits{Budget: budget})
	count := func(m Message, now time.Time) int {
		n := 0
		for ; n < 100; n++ {
			if _, err := g.Admit(draft(m), now); err != nil {
				if !errors.Is(err, ErrBudget) {
					t.Error(err)
				}
				return n
			}
		}
		return n
	}
	if n := count(m, noon); n != 2 {
		t.Errorf("%d updates went through, want 2", n)
	}
	if n := count(vital, noon); n != 6 {
		t.Errorf("%d openings went through after that, want 6", n)
	}
	if _, err := g.Admit(draft(NewChange("s", changed(detectors.Updated, fault("b", "freeze", 1)), noon)), noon); err != nil {
		t.Errorf("another feed: %v", err)
	}
	if n := count(m, noon.Add(24*time.Hour)); n != 2 {
		t.Errorf("%d updates went through the next day, want 2", n)
	}
}

// TestEgress keeps the last that was sent, within its memory, and notices what is changed later.
func TestEgress(t *testing.T) {
	g := NewGate(Limits{Kept: 5000})
	for n := range 20 {
		p, err := g.Admit(draft(NewChange("s", changed(detectors.Opened, fault("a", "freeze", n)), noon)), noon)
		if err != nil {
			t.Fatal(err)
		}
		g.record("cloud", p, Receipt{Signature: Sign("key", p.Body(), noon)}, nil, noon)
	}
	sent, totals := g.Egress()
	if totals.Messages != 20 || totals.Bytes != uint64(totals.Today["a"]) || len(sent) < 2 || len(sent) > 10 {
		t.Fatalf("%d are kept, totals %+v", len(sent), totals)
	}
	s, err := LoadSchema()
	if err != nil {
		t.Fatal(err)
	}
	before := ""
	for _, r := range sent {
		if err := s.Verify(r, before, "key"); err != nil {
			t.Error(err)
		}
		before = r.Chain
	}
	bad := sent[1]
	bad.Sink = "other"
	if s.Verify(bad, sent[0].Chain, "key") == nil || s.Verify(sent[2], sent[0].Chain, "key") == nil {
		t.Error("a change is not noticed")
	}
	bad = sent[1]
	bad.Body += " "
	if err := s.Verify(bad, "", "key"); err == nil || !strings.Contains(err.Error(), "signature") {
		t.Errorf("got %v", err)
	}
}

func TestSignature(t *testing.T) {
	body := []byte(`{"a":1}`)
	good := Sign("key", body, noon)
	for _, c := range []struct {
		name, signature, key string
		now                  time.Time
		ok                   bool
	}{
		{"right", good, "key", noon.Add(time.Minute), true},
		{"another key", good, "kez", noon, false},
		{"old", good, "key", noon.Add(time.Hour), false},
		{"from the future", good, "key", noon.Add(-time.Hour), false},
		{"cut", good[:30], "key", noon, false},
		{"none", "", "key", noon, false},
	} {
		if err := CheckSignature(c.signature, c.key, body, c.now); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
