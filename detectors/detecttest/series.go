package detecttest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Track is a series of samples of one part.
type Track struct {
	Part     string // "picture", "sound", "link" or "tick"
	Interval time.Duration
	Items    []Item
}

// Item is one value of a series, repeated.
type Item struct {
	Words []Word // nil: not measured
	Count int
}

// Word is one word of a value with its arguments.
type Word struct {
	Name string
	Args []string
}

// maxSamples bounds the samples of a track: two days of pictures at 50 a second.
const maxSamples = 10_000_000

func parseTrack(part, text string) (Track, error) {
	rate, items, ok := strings.Cut(text, ":")
	perSecond, err := strconv.ParseFloat(strings.TrimSpace(rate), 64)
	if !ok || err != nil || !(perSecond >= 0.001 && perSecond <= 100_000) {
		return Track{}, fmt.Errorf("%s: want RATE: ITEM..., not %q", part, text)
	}
	t := Track{Part: part, Interval: time.Duration(math.Round(float64(time.Second) / perSecond))}
	total := 0
	for text := range strings.FieldsSeq(items) {
		item, err := parseItem(text, t.Interval)
		if err != nil {
			return Track{}, fmt.Errorf("%s: %w", part, err)
		}
		if err := check(part, item.Words); err != nil {
			return Track{}, fmt.Errorf("%s: %q: %w", part, text, err)
		}
		if total += item.Count; total > maxSamples {
			return Track{}, fmt.Errorf("%s: more than %d samples", part, maxSamples)
		}
		t.Items = append(t.Items, item)
	}
	return t, nil
}

func parseItem(text string, interval time.Duration) (Item, error) {
	value, times, repeated := strings.Cut(text, "*")
	item := Item{Count: 1}
	if repeated {
		count, err := strconv.Atoi(times)
		if err != nil {
			d, err := parseTime(times)
			if err != nil {
				return item, fmt.Errorf("item %q: want *COUNT or *TIME", text)
			}
			count = int(math.Round(float64(d) / float64(interval)))
		}
		if count < 1 || count > maxSamples {
			return item, fmt.Errorf("item %q: want 1 to %d samples", text, maxSamples)
		}
		item.Count = count
	}
	if value == "_" {
		return item, nil
	}
	for word := range strings.SplitSeq(value, "+") {
		parts := strings.Split(word, ":")
		item.Words = append(item.Words, Word{Name: parts[0], Args: parts[1:]})
	}
	return item, nil
}

// check makes one sample, so that a script is refused before it runs.
func check(part string, words []Word) error {
	if words == nil {
		return nil
	}
	var err error
	switch part {
	case "picture":
		small := newCanvas()
		err = small.paint(words, 0, 0)
	case "sound":
		_, err = makeSound(words, 0, 20*time.Millisecond)
	case "link":
		_, err = makeLink(words, 0, 100*time.Millisecond)
	case "tick":
		if len(words) != 1 || words[0].Name != "tick" {
			err = fmt.Errorf("want tick")
		}
	}
	return err
}

// arg returns the i-th argument as a number, or fallback where it is left out. progress is where
// in the item the sample is, from 0 to 1, for ramps.
func (w Word) arg(i int, fallback, progress float64) (float64, error) {
	if i >= len(w.Args) || w.Args[i] == "" {
		return fallback, nil
	}
	return number(w.Args[i], progress)
}

// time returns the i-th argument as a time.
func (w Word) time(i int, fallback time.Duration) (time.Duration, error) {
	if i >= len(w.Args) {
		return fallback, nil
	}
	return parseTime(w.Args[i])
}

// text returns the first argument as text.
func (w Word) text() string {
	return strings.ReplaceAll(strings.Join(w.Args, ":"), "_", " ")
}

// number reads "3", "2.5%" or a ramp "16..235".
func number(text string, progress float64) (float64, error) {
	if first, last, ok := strings.Cut(text, ".."); ok {
		a, err := number(first, 0)
		if err != nil {
			return 0, err
		}
		b, err := number(last, 0)
		return a + (b-a)*progress, err
	}
	digits, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e12 {
		return 0, fmt.Errorf("want a number, not %q", text)
	}
	if percent {
		v /= 100
	}
	return v, nil
}
