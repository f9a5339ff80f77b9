package sound

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// weight is how a channel counts in the loudness: ITU-R BS.1770-4, tables 3 and 4. The values are
// those of meter.h.
type weight int

const (
	apart    weight = iota // not at all: LFE
	front                  // 0 dB
	surround               // +1.5 dB: between 60 and 120 degrees to the side, at ear level
)

// plan is what a channel layout means for the meter.
type plan struct {
	channels []channel
	pairs    [][2]int
}

type channel struct {
	name   string
	weight weight
}

// layouts are libavutil's standard layouts of up to 16 channels (av_channel_layout_describe), in the
// order of the samples.
var layouts = map[string]string{
	"mono":           "FC",
	"stereo":         "FL+FR",
	"downmix":        "DL+DR",
	"2.1":            "FL+FR+LFE",
	"3.0":            "FL+FR+FC",
	"3.0(back)":      "FL+FR+BC",
	"3.1":            "FL+FR+FC+LFE",
	"4.0":            "FL+FR+FC+BC",
	"4.1":            "FL+FR+FC+LFE+BC",
	"quad":           "FL+FR+BL+BR",
	"quad(side)":     "FL+FR+SL+SR",
	"5.0":            "FL+FR+FC+BL+BR",
	"5.0(side)":      "FL+FR+FC+SL+SR",
	"5.1":            "FL+FR+FC+LFE+BL+BR",
	"5.1(side)":      "FL+FR+FC+LFE+SL+SR",
	"6.0":            "FL+FR+FC+BC+SL+SR",
	"6.0(front)":     "FL+FR+FLC+FRC+SL+SR",
	"hexagonal":      "FL+FR+FC+BL+BR+BC",
	"6.1":            "FL+FR+FC+LFE+BC+SL+SR",
	"6.1(back)":      "FL+FR+FC+LFE+BL+BR+BC",
	"6.1(front)":     "FL+FR+LFE+FLC+FRC+SL+SR",
	"7.0":            "FL+FR+FC+BL+BR+SL+SR",
	"7.0(front)":     "FL+FR+FC+FLC+FRC+SL+SR",
	"7.1":            "FL+FR+FC+LFE+BL+BR+SL+SR",
	"7.1(wide)":      "FL+FR+FC+LFE+BL+BR+FLC+FRC",
	"7.1(wide-side)": "FL+FR+FC+LFE+FLC+FRC+SL+SR",
	"7.1(top)":       "FL+FR+FC+LFE+BL+BR+TFL+TFR",
	"5.1.2":          "FL+FR+FC+LFE+SL+SR+TSL+TSR",
	"5.1.2(back)":    "FL+FR+FC+LFE+BL+BR+TSL+TSR",
	"5.1.4":          "FL+FR+FC+LFE+SL+SR+TFL+TFR+TBL+TBR",
	"7.1.2":          "FL+FR+FC+LFE+BL+BR+SL+SR+TSL+TSR",
	"7.1.4":          "FL+FR+FC+LFE+BL+BR+SL+SR+TFL+TFR+TBL+TBR",
	"octagonal":      "FL+FR+FC+BL+BR+BC+SL+SR",
	"cube":           "FL+FR+BL+BR+TFL+TFR+TBL+TBR",
	"hexadecagonal":  "FL+FR+FC+BL+BR+BC+SL+SR+TFL+TFC+TFR+TBL+TBC+TBR+WL+WR",
}

// planFor reads a layout's name: one of the table, channels joined by +, or those in brackets after
// a count ("2 channels (FL+LFE)"). What names no channels is a row of pairs, as on an SDI cable, and
// the loudness is that of the first pair: the programme's, where a cable carries several languages.
func planFor(layout string, channels int) (plan, error) {
	names, known := layouts[layout]
	if !known {
		names = layout
		if _, inside, ok := strings.Cut(layout, "channels ("); ok {
			names = strings.TrimSuffix(inside, ")")
		}
		known = strings.Trim(names, "ABCDEFGHIJKLMNOPQRSTUVWXYZ+0123456789") == "" && names != ""
	}
	if !known {
		return numbered(channels), nil
	}
	list := strings.Split(names, "+")
	if repeats(list) {
		return numbered(channels), nil
	}
	if len(list) != channels {
		return plan{}, fmt.Errorf("layout %q has %d channels, the sound %d: the decoder is at fault", layout, len(list), channels)
	}
	return named(list), nil
}

// repeats tells whether a name stands twice: a layout that somebody made up.
func repeats(names []string) bool {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return true
		}
	}
	return false
}

func numbered(channels int) plan {
	var p plan
	for i := range channels {
		ch := channel{name: strconv.Itoa(i + 1)}
		if i < 2 {
			ch.weight = front
		}
		p.channels = append(p.channels, ch)
		if i%2 == 1 {
			p.pairs = append(p.pairs, [2]int{i - 1, i})
		}
	}
	return p
}

func named(names []string) plan {
	var p plan
	sides := slices.Contains(names, "SL")
	for i, name := range names {
		p.channels = append(p.channels, channel{name, weigh(name, sides)})
		if partner, ok := mirror(name); ok {
			if left := slices.Index(names[:i], partner); left >= 0 {
				p.pairs = append(p.pairs, [2]int{left, i})
			}
		}
	}
	return p
}

// weigh returns how a channel counts. Back channels are the surrounds at 110 degrees, unless there
// are side channels too: then they are behind, at 135.
func weigh(name string, sides bool) weight {
	switch name {
	case "LFE", "LFE2":
		return apart
	case "SL", "SR", "WL", "WR", "SDL", "SDR":
		return surround
	case "BL", "BR":
		if !sides {
			return surround
		}
	}
	return front
}

// mirror returns the left partner of a right channel.
func mirror(right string) (string, bool) {
	switch right {
	case "FRC":
		return "FLC", true
	case "FR", "BR", "SR", "DR", "WR", "SDR", "TFR", "TBR", "TSR", "BFR":
		return right[:len(right)-1] + "L", true
	}
	return "", false
}
