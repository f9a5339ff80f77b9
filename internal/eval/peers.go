package eval

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Peer is a filter of FFmpeg at its defaults, asked about the same files.
type Peer struct {
	Name   string
	Kinds  []string // that it is compared with
	Sound  bool
	Filter string // "" for the name
	// One of them: events from what the filter logs, or a score from what it writes to each picture.
	Begins, Ends string
	Score        func(values map[string]string) (score float64, ok bool)
	Present      func(values map[string]string) bool // with Score: whether the filter would act
}

// Peers is the table of peers. Those that only measure have no events, but their values are as good
// a per-picture score as any.
var Peers = []Peer{
	{Name: "blackdetect", Kinds: []string{"black"}, Begins: "black_start:", Ends: "black_end:"},
	{Name: "freezedetect", Kinds: []string{"freeze"}, Begins: "freeze_start:", Ends: "freeze_end:"},
	{Name: "silencedetect", Kinds: []string{"silence", "channel-missing"}, Sound: true, Begins: "silence_start:", Ends: "silence_end:"},
	{Name: "blockdetect", Kinds: []string{"corruption", "blockiness"}, Score: valueOf("lavfi.block")},
	{Name: "signalstats TOUT", Kinds: []string{"corruption", "noise"}, Filter: "signalstats=stat=tout", Score: valueOf("lavfi.signalstats.TOUT")},
	{Name: "photosensitivity", Kinds: []string{"flash"}, Score: valueOf("lavfi.photosensitivity.badness"), Present: acted},
	{Name: "idet", Kinds: []string{"interlace"}, Score: combed},
	{Name: "cropdetect", Kinds: []string{"letterbox"}, Score: cropped},
}

// valueOf is a score that the filter gives as it is.
func valueOf(key string) func(map[string]string) (float64, bool) {
	return func(values map[string]string) (float64, bool) {
		x, err := strconv.ParseFloat(values[key], 64)
		return x, err == nil
	}
}

// acted tells whether photosensitivity changed a picture.
func acted(values map[string]string) bool {
	factor, ok := valueOf("lavfi.photosensitivity.factor")(values)
	return ok && factor < 1
}

// combed is 1 where idet calls a picture interlaced.
func combed(values map[string]string) (float64, bool) {
	switch values["lavfi.idet.multiple.current_frame"] {
	case "tff", "bff":
		return 1, true
	case "progressive":
		return 0, true
	}
	return 0.5, values["lavfi.idet.multiple.current_frame"] != ""
}

// cropped is the share of the picture that cropdetect would cut off.
func cropped(values map[string]string) (float64, bool) {
	across, okAcross := valueOf("lavfi.cropdetect.w")(values)
	down, okDown := valueOf("lavfi.cropdetect.h")(values)
	return 1 - across*down/(Width*Height), okAcross && okDown
}

// peersOf are the peers of a kind.
func peersOf(kind string) []Peer {
	var found []Peer
	for _, p := range Peers {
		for _, k := range p.Kinds {
			if k == kind {
				found = append(found, p)
			}
		}
	}
	return found
}

// Ask runs the filter over a file and returns what it said. What it printed is kept.
func (p Peer) Ask(ctx context.Context, shop *Shop, m Media, duration time.Duration) (Said, error) {
	text, err := shop.File(ctx, Make("peer "+p.Name+" "+m.Key, ".txt", func(ctx context.Context, shop *Shop, path string) error {
		file, err := shop.File(ctx, m)
		if err != nil {
			return err
		}
		out, err := shop.FFmpeg(ctx, p.arguments(file)...)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(out), 0o644)
	}))
	if err != nil {
		return Said{}, err
	}
	printed, err := os.ReadFile(text)
	if err != nil {
		return Said{}, err
	}
	s := Said{Duration: duration}
	if p.Score == nil {
		s.Events = loggedEvents(string(printed), p.Begins, p.Ends, duration)
		return s, nil
	}
	s.Points, s.Events = p.read(string(printed))
	return s, nil
}

func (p Peer) arguments(file string) []string {
	filter := p.Filter
	if filter == "" {
		filter = p.Name
	}
	way, level := "-vf", "info"
	if p.Sound {
		way = "-af"
	}
	if p.Score != nil {
		filter, level = filter+",metadata=print:file=-", "error"
	}
	args := []string{"-nostats", "-v", level, "-threads", "1", "-i", file, way, filter}
	if p.Sound {
		return append(args, "-vn", "-f", "null", "-")
	}
	return append(args, "-an", "-f", "null", "-")
}

// loggedEvents reads lines such as "[...] black_start:2 black_end:5". An event without an end lasts to
// the end of the file.
func loggedEvents(text, begins, ends string, duration time.Duration) []Event {
	var events []Event
	open := false
	for line := range strings.Lines(text) {
		if from, ok := secondsAfter(line, begins); ok {
			events = append(events, Event{From: from, Until: duration, Open: true})
			open = true
		}
		if until, ok := secondsAfter(line, ends); ok && open {
			last := &events[len(events)-1]
			last.Until, last.Open = until, false
			open = false
		}
	}
	return events
}

// secondsAfter reads the number behind a word.
func secondsAfter(line, word string) (time.Duration, bool) {
	_, rest, ok := strings.Cut(line, word)
	if !ok {
		return 0, false
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, false
	}
	x, err := strconv.ParseFloat(fields[0], 64)
	return Seconds(x), err == nil
}

// read takes the values of each picture from what the metadata filter prints.
func (p Peer) read(text string) (points []Point, events []Event) {
	values := map[string]string{}
	at := time.Duration(-1)
	flush := func() {
		if at < 0 {
			return
		}
		if score, ok := p.Score(values); ok {
			points = append(points, Point{At: at, State: detectors.Clear, Score: float32(score)})
		}
		if p.Present != nil && p.Present(values) {
			if n := len(events); n > 0 && at-events[n-1].Until <= time.Second {
				events[n-1].Until = at
			} else {
				events = append(events, Event{From: at, Until: at})
			}
		}
		clear(values)
	}
	for line := range strings.Lines(text) {
		if t, ok := secondsAfter(line, "pts_time:"); ok && strings.HasPrefix(line, "frame:") {
			flush()
			at = t
			continue
		}
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = value
		}
	}
	flush()
	return points, events
}

// loudness is what ebur128 sums up at the end of a file.
func loudness(ctx context.Context, shop *Shop, m Media) (map[string]float64, error) {
	file, err := shop.File(ctx, m)
	if err != nil {
		return nil, err
	}
	out, err := shop.FFmpeg(ctx, "-nostats", "-v", "info", "-i", file, "-vn", "-af", "ebur128=framelog=verbose:peak=true", "-f", "null", "-")
	if err != nil {
		return nil, err
	}
	_, summary, ok := strings.Cut(out, "Summary:")
	if !ok {
		return nil, fmt.Errorf("ebur128 sums up nothing of %s", file)
	}
	values := map[string]float64{}
	for _, v := range []struct{ name, word string }{{"I", "I:"}, {"LRA", "LRA:"}, {"TP", "Peak:"}} {
		_, rest, _ := strings.Cut(summary, v.word)
		if fields := strings.Fields(rest); len(fields) > 0 {
			if x, err := strconv.ParseFloat(fields[0], 64); err == nil {
				values[v.name] = x
			}
		}
	}
	return values, nil
}
