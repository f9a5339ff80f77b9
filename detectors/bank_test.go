package detectors

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// says is a detector that answers what the test says.
type says struct{ verdict *Verdict }

func (s says) Judge(Sample) Verdict { return *s.verdict }

// puppet returns an armed detector and where to set its answer.
func puppet(name string, reads Part, hold Hold) (Armed, *Verdict) {
	v := &Verdict{}
	kind := Kind{Name: name, Reads: reads, Severity: Major}
	return Armed{Kind: kind, Detector: says{v}, Hold: hold, Severity: Major}, v
}

func picture(at time.Duration) Sample { return Sample{At: at, Picture: &Picture{}} }
func link(at time.Duration) Sample    { return Sample{At: at, Link: &Link{}} }

func told(changes []Change) string {
	var words []string
	for _, c := range changes {
		words = append(words, fmt.Sprintf("%v %s %v-%v", c.Phase, c.Incident.Kind, c.Incident.At, c.Incident.Until))
	}
	return strings.Join(words, ", ")
}

func TestBankTellsAnIncident(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{2 * time.Second, time.Second})
	b := NewBank("main", epoch, []Armed{a})
	var changes []Change
	for at := time.Duration(0); at < 10*time.Second; at += 40 * time.Millisecond {
		*v = Verdict{State: Clear, Score: 0.1}
		if at >= 3*time.Second && at < 6*time.Second {
			*v = Verdict{State: Present, Score: 0.7, Detail: "dark"}
		}
		changes = append(changes, b.Step(picture(at))...)
	}
	if len(changes) != 2 {
		t.Fatalf("told %s", told(changes))
	}
	opened := Change{Phase: Opened, Told: 5 * time.Second, Incident: Incident{
		ID: "main/black/2026-03-01T12:00:03.000Z", Feed: "main", Kind: "black", Severity: Major,
		Began: epoch.Add(3 * time.Second), At: 3 * time.Second, Until: 5 * time.Second, Worst: 0.7, Detail: "dark",
	}}
	if changes[0] != opened {
		t.Errorf("opened\n got %+v\nwant %+v", changes[0], opened)
	}
	closed := opened
	closed.Phase, closed.Told = Closed, 7*time.Second
	closed.Incident.Until, closed.Incident.Ended = 6*time.Second, epoch.Add(6*time.Second)
	if changes[1] != closed {
		t.Errorf("closed\n got %+v\nwant %+v", changes[1], closed)
	}
}

func TestBankAsksOnlyAboutWhatAKindReads(t *testing.T) {
	p, pv := puppet("p", Pictures, Hold{})
	s, sv := puppet("s", Sounds|Links, Hold{})
	c, cv := puppet("c", Ticks, Hold{})
	*pv, *sv, *cv = Verdict{State: Present}, Verdict{State: Present}, Verdict{State: Present}
	for _, test := range []struct {
		sample Sample
		want   string
	}{
		{Sample{}, "opened c 0s-0s"},
		{picture(0), "opened p 0s-0s, opened c 0s-0s"},
		{link(0), "opened s 0s-0s, opened c 0s-0s"},
		{Sample{Sound: &Sound{}, Picture: &Picture{}}, "opened p 0s-0s, opened s 0s-0s, opened c 0s-0s"},
	} {
		b := NewBank("f", epoch, []Armed{p, s, c})
		if got := told(b.Step(test.sample)); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.sample.Parts(), got, test.want)
		}
	}
}

func TestBankAnswersUnknownForWhatIsNotMeasured(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{time.Second, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Present, Score: 1}
	b.Step(picture(0))
	b.Step(picture(800 * time.Millisecond))
	b.Step(link(1700 * time.Millisecond))
	if got := b.States()[0].State; got != Present {
		t.Errorf("0.9 s after the last picture: %v", got)
	}
	b.Step(link(1900 * time.Millisecond))
	if got := b.States()[0].State; got != Unknown {
		t.Errorf("1.1 s after the last picture: %v", got)
	}
	// Pending for 62 s without a picture is forgotten.
	for at := 2 * time.Second; at < 62*time.Second; at += 100 * time.Millisecond {
		b.Step(link(at))
	}
	if got := told(b.Step(picture(62 * time.Second))); got != "" {
		t.Errorf("told %s", got)
	}
	if got := told(b.Step(picture(63 * time.Second))); got != "opened black 1m2s-1m3s" {
		t.Errorf("told %q", got)
	}
}

func TestBankClosesWhatCannotBeConfirmed(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{time.Second, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Present, Score: 1, Detail: "dark"}
	b.Step(picture(0))
	b.Step(picture(time.Second))
	var changes []Change
	for at := time.Second; at < 70*time.Second; at += 100 * time.Millisecond {
		changes = append(changes, b.Step(link(at))...)
	}
	if got := told(changes); got != "closed black 0s-1s" {
		t.Fatalf("told %s", got)
	}
	if i := changes[0].Incident; !strings.Contains(i.Detail, "dark: closed") || !i.Ended.Equal(epoch.Add(time.Second)) {
		t.Errorf("closed %+v", i)
	}
}

func TestBankWaitsForSlowPictures(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Clear}
	b.Step(Sample{Picture: &Picture{Duration: 2 * time.Second}})
	b.Step(link(5 * time.Second))
	if got := b.States()[0].State; got != Clear {
		t.Errorf("after 5 s of a picture every 2 s: %v", got)
	}
	b.Step(link(6100 * time.Millisecond))
	if got := b.States()[0].State; got != Unknown {
		t.Errorf("after 6.1 s: %v", got)
	}
}

// Analysis that is behind its feed keeps measuring: its pictures are old, but not missing.
func TestBankKeepsTheTimeOfLateSamples(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{time.Second, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Present, Score: 1}
	var changes []Change
	for at := 5 * time.Second; at < 8*time.Second; at += 100 * time.Millisecond {
		changes = append(changes, b.Step(link(at))...)
		changes = append(changes, b.Step(picture(at-4*time.Second))...)
	}
	if got := told(changes); got != "opened black 1s-2s" || changes[0].Told != 6*time.Second {
		t.Errorf("told %s", got)
	}
}

func TestBankUpdates(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{0, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	var told []string
	step := func(at time.Duration, score float64, detail string) {
		*v = Verdict{State: Present, Score: score, Detail: detail}
		for _, c := range b.Step(picture(at * time.Second)) {
			told = append(told, fmt.Sprintf("%v %v %.2f %s", c.Told, c.Phase, c.Incident.Worst, c.Incident.Detail))
		}
	}
	step(0, 0.5, "a")
	step(1, 0.9, "b") // too soon
	step(10, 0.9, "b")
	step(30, 0.95, "b") // too little
	step(31, 0.3, "")   // no detail keeps the one before, and the worst stays
	step(40, 1.2, "c")  // scores end at 1
	step(41, 1, "d")
	step(49, 1, "d")
	step(50, 1, "d")
	want := []string{"0s opened 0.50 a", "10s updated 0.90 b", "40s updated 1.00 c", "50s updated 1.00 d"}
	if !slices.Equal(told, want) {
		t.Errorf("got  %q\nwant %q", told, want)
	}
}

func TestBankRestores(t *testing.T) {
	before := Incident{
		ID: "f/black/2026-03-01T11:59:50.000Z", Feed: "f", Kind: "black", Severity: Critical,
		Began: epoch.Add(-10 * time.Second), At: 90 * time.Second, Until: 95 * time.Second, Worst: 0.8, Detail: "dark",
	}
	a, v := puppet("black", Pictures, Hold{3 * time.Second, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	b.Restore([]Incident{before})
	// Nothing is measured for longer than a lapse: it stays open, because nobody could have seen.
	for at := time.Duration(0); at < 2*time.Minute; at += 100 * time.Millisecond {
		if got := told(b.Step(link(at))); got != "" {
			t.Fatalf("at %v: %s", at, got)
		}
	}
	if got := b.States()[0]; got.Incident != before.ID || got.Measured {
		t.Errorf("status %+v", got)
	}
	*v = Verdict{State: Clear}
	var changes []Change
	for at := 2 * time.Minute; at < 125*time.Second; at += 100 * time.Millisecond {
		changes = append(changes, b.Step(picture(at))...)
	}
	want := before
	want.At, want.Until = -10*time.Second, 2*time.Minute
	want.Ended = epoch.Add(2 * time.Minute)
	if len(changes) != 1 || changes[0].Phase != Closed || changes[0].Incident != want {
		t.Errorf("got  %+v\nwant %+v", changes, want)
	}
}

func TestBankRestoredGoesOn(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{3 * time.Second, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	b.Restore([]Incident{{ID: "f/black/x", Feed: "f", Kind: "black", Began: epoch.Add(-time.Hour), Detail: "dark"}})
	*v = Verdict{State: Present, Score: 1, Detail: "dark"}
	var changes []Change
	for at := time.Duration(0); at < 5*time.Second; at += 100 * time.Millisecond {
		changes = append(changes, b.Step(picture(at))...)
	}
	if got := told(changes); got != "updated black -1h0m0s-0s" { // the worst score grew
		t.Errorf("told %q", got)
	}
	open := b.Finish(5 * time.Second)
	if len(open) != 1 || open[0].ID != "f/black/x" || open[0].Until != 5*time.Second || !open[0].Ended.IsZero() {
		t.Errorf("left open %+v", open)
	}
}

func TestBankClosesOrphans(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{0, time.Second})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Present}
	b.Restore([]Incident{
		{ID: "f/freeze/1", Kind: "freeze", Began: epoch.Add(-time.Minute), At: 10, Until: 10 + 20*time.Second},
		{ID: "f/black/1", Kind: "black", Began: epoch.Add(-2 * time.Minute)},
		{ID: "f/black/2", Kind: "black", Began: epoch.Add(-time.Minute)},
	})
	changes := b.Step(Sample{})
	if len(changes) != 2 {
		t.Fatalf("told %s", told(changes))
	}
	for i, want := range []struct{ id, detail string }{
		{"f/freeze/1", "no longer in use"}, {"f/black/1", "a later incident"},
	} {
		got := changes[i]
		if got.Phase != Closed || got.Incident.ID != want.id || !strings.Contains(got.Incident.Detail, want.detail) {
			t.Errorf("got %+v, want %v", got, want)
		}
	}
	if got, want := changes[0].Incident.Ended, epoch.Add(-40*time.Second); !got.Equal(want) {
		t.Errorf("ended %v, want %v", got, want)
	}
	if got := b.Step(Sample{At: 1}); len(got) != 0 {
		t.Errorf("told again: %s", told(got))
	}
}

func TestBankFinish(t *testing.T) {
	for _, c := range []struct {
		name   string
		states string // one a second
		want   string
	}{
		{"nothing", "CCCC", ""},
		{"pending is not told", "CCPP", ""},
		{"open", "CPPPP", "1s-10s"},
		{"open, but seen to be good", "CPPPPCC", "1s-5s"},
		{"closed", "CPPPPCCCC", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, v := puppet("black", Pictures, Hold{2 * time.Second, 3 * time.Second})
			b := NewBank("f", epoch, []Armed{a})
			for i, s := range c.states {
				*v = Verdict{State: map[rune]State{'C': Clear, 'P': Present}[s]}
				b.Step(picture(time.Duration(i) * time.Second))
			}
			got := ""
			for _, i := range b.Finish(10 * time.Second) {
				got += fmt.Sprintf("%v-%v", i.At, i.Until)
				if !i.Ended.IsZero() {
					t.Errorf("ended %v, though nobody closed it", i.Ended)
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestBankIDsDiffer(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{})
	b := NewBank("f", epoch, []Armed{a})
	seen := map[string]bool{}
	for at := range time.Duration(20) { // nanoseconds
		*v = Verdict{State: State(at%2) + Clear}
		for _, c := range b.Step(picture(at)) {
			if c.Phase == Opened {
				if seen[c.Incident.ID] {
					t.Fatalf("%s twice", c.Incident.ID)
				}
				seen[c.Incident.ID] = true
			}
			if c.Phase == Closed && c.Incident.Ended.Before(c.Incident.Began) {
				t.Errorf("ended %v, began %v", c.Incident.Ended, c.Incident.Began)
			}
		}
	}
	if len(seen) != FlapOpenings+1 {
		t.Errorf("%d incidents of a flapping detector, want %d", len(seen), FlapOpenings+1)
	}
}

func TestBankFlappingDetail(t *testing.T) {
	a, v := puppet("black", Pictures, Hold{})
	b := NewBank("f", epoch, []Armed{a})
	var last Change
	for i := range time.Duration(100) {
		*v = Verdict{State: State(i%2) + Clear, Detail: "dark"}
		if c := b.Step(picture(i * 100 * time.Millisecond)); len(c) > 0 {
			last = c[0]
		}
	}
	if !last.Incident.Flapping || last.Incident.Detail != "comes and goes: dark" {
		t.Errorf("last change %+v", last)
	}
}

func TestUnmeasured(t *testing.T) {
	a, av := puppet("a", Pictures, Hold{})
	c, _ := puppet("c", Sounds, Hold{})
	b := NewBank("f", epoch, []Armed{a, c})
	if got := b.Unmeasured(); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("before: %q", got)
	}
	b.Step(picture(0))
	*av = Verdict{State: Clear}
	b.Step(picture(1))
	*av = Verdict{}
	b.Step(picture(2))
	if got := b.Unmeasured(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("after: %q", got)
	}
}

func TestStates(t *testing.T) {
	a, v := puppet("a", Pictures, Hold{time.Second, 0})
	b := NewBank("f", epoch, []Armed{a})
	*v = Verdict{State: Present, Score: 0.9, Detail: "dark"}
	for _, at := range []time.Duration{1, 2, 3} {
		b.Step(picture(at * time.Second))
	}
	want := KindStatus{Kind: "a", State: Present, Score: 0.9, Detail: "dark", Since: time.Second,
		Incident: "f/a/2026-03-01T12:00:01.000Z", Measured: true}
	if got := b.States()[0]; got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	*v = Verdict{State: Unknown, Score: 0.9, Detail: "old"}
	b.Step(picture(4 * time.Second))
	if got := b.States()[0]; got.Score != 0 || got.Detail != "" || got.Since != 4*time.Second {
		t.Errorf("unknown has a score: %+v", got)
	}
}
