package link

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// stretch is pictures that come so many times a second, and change by so much.
type stretch struct {
	rate, change float64
	lasts        time.Duration
}

// tellings plays pictures and returns when the detector said Present first, with its onset, and when
// it said Clear again.
func tellings(t *testing.T, stretches ...stretch) (onset, told, cleared time.Duration) {
	t.Helper()
	d, err := newFrameRate(func(any) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	at := time.Duration(0)
	for _, s := range stretches {
		for end := at + s.lasts; at < end; at += time.Duration(float64(time.Second) / s.rate) {
			v := d.Judge(detectors.Sample{At: at, Picture: &detectors.Picture{Difference: s.change}})
			switch {
			case v.State == detectors.Present && told == 0:
				told, onset = at, at-v.Lasted
			case v.State == detectors.Clear && told != 0 && cleared == 0:
				cleared = at
			}
		}
	}
	return onset, told, cleared
}

func TestFrameRateFalls(t *testing.T) {
	onset, told, cleared := tellings(t, stretch{50, 3, 30 * time.Second}, stretch{25, 3, 20 * time.Second}, stretch{50, 3, 20 * time.Second})
	if (onset-30*time.Second).Abs() > 300*time.Millisecond || told > 33*time.Second {
		t.Errorf("told at %v to have begun at %v, want 30s", told, onset)
	}
	if cleared < 50*time.Second || cleared > 55*time.Second {
		t.Errorf("over at %v, want soon after 50s", cleared)
	}
}

func TestFrameRateThatStaysIsTheNewOne(t *testing.T) {
	_, told, cleared := tellings(t, stretch{50, 3, 30 * time.Second}, stretch{25, 3, 3 * time.Minute})
	if told == 0 || cleared < 85*time.Second || cleared > 100*time.Second {
		t.Errorf("told at %v, over at %v, want about a minute later", told, cleared)
	}
}

func TestFrameRateOfAStillPicture(t *testing.T) {
	if _, told, _ := tellings(t, stretch{30, 3, 30 * time.Second}, stretch{5, 0.1, time.Minute}, stretch{30, 3, 10 * time.Second}); told != 0 {
		t.Errorf("told at %v that pictures are missing which need not come", told)
	}
}

func TestFrameRateThatRises(t *testing.T) {
	if _, told, _ := tellings(t, stretch{25, 3, 30 * time.Second}, stretch{50, 3, 60 * time.Second}); told != 0 {
		t.Errorf("told at %v that pictures are missing", told)
	}
}
