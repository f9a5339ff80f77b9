package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Corpus is the clean material at hand.
type Corpus struct {
	Dir     string // of the real clips, "" where they are absent
	Sources []Source
}

// OpenCorpus takes the real clips in dir, or FFmpeg's own sources where they are not there.
func OpenCorpus(dir string) Corpus {
	for _, s := range Sources {
		if _, err := os.Stat(filepath.Join(dir, s.File)); err != nil {
			return Corpus{Sources: madeSources}
		}
	}
	return Corpus{Dir: dir, Sources: Sources}
}

// Real tells whether these are the real clips.
func (c Corpus) Real() bool { return c.Dir != "" }

// String says which corpus it is.
func (c Corpus) String() string {
	if c.Real() {
		return fmt.Sprintf("%d real clips", len(c.Sources))
	}
	return fmt.Sprintf("%d generated clips (the real ones are not here)", len(c.Sources))
}

// Pictures returns up to n moving pictures of each half. salt turns the choice, so that the steps
// of one kind do not all meet the same sources.
func (c Corpus) Pictures(n, salt int) []Source {
	return c.choose(n, salt, func(s Source) bool { return s.Video && !s.Still })
}

// Sounds returns up to n sources with sound of each half.
func (c Corpus) Sounds(n, salt int) []Source {
	return c.choose(n, salt, func(s Source) bool { return s.Audio })
}

// Both returns up to n sources of each half that have moving pictures and sound.
func (c Corpus) Both(n, salt int) []Source {
	return c.choose(n, salt, func(s Source) bool { return s.Video && s.Audio && !s.Still })
}

func (c Corpus) choose(n, salt int, fit func(Source) bool) []Source {
	var chosen []Source
	for _, half := range []Half{Tuned, Held} {
		var all []Source
		for _, s := range c.Sources {
			if s.Half == half && fit(s) {
				all = append(all, s)
			}
		}
		if len(all) == 0 {
			continue
		}
		// Spread over the table, which has like beside like.
		for i := range min(n, len(all)) {
			chosen = append(chosen, all[(salt+i*len(all)/min(n, len(all)))%len(all)])
		}
	}
	return chosen
}

// Named returns the sources of these names that are in the corpus.
func (c Corpus) Named(names ...string) []Source {
	var found []Source
	for _, s := range c.Sources {
		if slices.Contains(names, s.File) {
			found = append(found, s)
		}
	}
	return found
}
