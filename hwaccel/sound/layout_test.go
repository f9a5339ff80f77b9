package sound

import (
	"slices"
	"testing"
)

func TestPlans(t *testing.T) {
	for _, c := range []struct {
		layout   string
		channels int
		names    []string
		weights  []weight
		pairs    [][2]int
	}{
		{"mono", 1, []string{"FC"}, []weight{front}, nil},
		{"stereo", 2, []string{"FL", "FR"}, []weight{front, front}, [][2]int{{0, 1}}},
		{"5.1(side)", 6, []string{"FL", "FR", "FC", "LFE", "SL", "SR"},
			[]weight{front, front, front, apart, surround, surround}, [][2]int{{0, 1}, {4, 5}}},
		{"7.1(wide)", 8, []string{"FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC"},
			[]weight{front, front, front, apart, surround, surround, front, front}, [][2]int{{0, 1}, {4, 5}, {6, 7}}},
		{"FR+FL+LFE", 3, []string{"FR", "FL", "LFE"}, []weight{front, front, apart}, nil},
		{"3 channels (FL+FR+LFE)", 3, []string{"FL", "FR", "LFE"}, []weight{front, front, apart}, [][2]int{{0, 1}}},
		{"FL+FR+SDL+SDR+WL+WR", 6, []string{"FL", "FR", "SDL", "SDR", "WL", "WR"},
			[]weight{front, front, surround, surround, surround, surround}, [][2]int{{0, 1}, {2, 3}, {4, 5}}},
		{"4 channels", 4, []string{"1", "2", "3", "4"}, []weight{front, front, apart, apart}, [][2]int{{0, 1}, {2, 3}}},
		{"", 1, []string{"1"}, []weight{front}, nil},
		{"FL+FR+FR", 3, []string{"1", "2", "3"}, []weight{front, front, apart}, [][2]int{{0, 1}}},
		{"ambisonic 1", 4, []string{"1", "2", "3", "4"}, []weight{front, front, apart, apart}, [][2]int{{0, 1}, {2, 3}}},
	} {
		p, err := planFor(c.layout, c.channels)
		if err != nil {
			t.Errorf("%q: %v", c.layout, err)
			continue
		}
		var names []string
		var weights []weight
		for _, ch := range p.channels {
			names, weights = append(names, ch.name), append(weights, ch.weight)
		}
		if !slices.Equal(names, c.names) || !slices.Equal(weights, c.weights) || !slices.Equal(p.pairs, c.pairs) {
			t.Errorf("%q: got %v %v %v, want %v %v %v", c.layout, names, weights, p.pairs, c.names, c.weights, c.pairs)
		}
	}
}

// FuzzPlan: whatever a stream calls its layout, the plan fits what C has room for.
func FuzzPlan(f *testing.F) {
	for name := range layouts {
		f.Add(name, 6)
	}
	f.Add("16 channels (FL+FR+FC+LFE+BL+BR+FLC+FRC+BC+SL+SR+TC+TFL+TFC+TFR+TBL)", 16)
	f.Add("FL+FR+FR+FR+FR+FR+FR+FR+FR+FR+FR", 11)
	f.Fuzz(func(t *testing.T, layout string, channels int) {
		if channels < 1 || channels > MaxChannels {
			return
		}
		p, err := planFor(layout, channels)
		if err != nil {
			return
		}
		if len(p.channels) != channels || len(p.pairs) > channels/2 {
			t.Fatalf("%d channels, %d pairs for %d channels", len(p.channels), len(p.pairs), channels)
		}
		for _, pair := range p.pairs {
			if pair[0] < 0 || pair[0] >= pair[1] || pair[1] >= channels {
				t.Fatalf("pair %v of %d channels", pair, channels)
			}
		}
	})
}
