package file

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-av/vedette/capture"
)

// noProgramme stands for the whole of a file that is no multiplex of programmes.
const noProgramme = -1

// mainTracks picks the video and the audio track to watch, -1 for none, both from one programme:
// the one with the most that can be decoded.
func mainTracks(tracks []Track) (video, audio int) {
	best, bestWorth := noProgramme, []int(nil)
	for _, p := range programmes(tracks) {
		if w := worth(tracks, p); bestWorth == nil || slices.Compare(w, bestWorth) > 0 {
			best, bestWorth = p, w
		}
	}
	return pick(tracks, best, capture.Video), pick(tracks, best, capture.Audio)
}

// programmes lists the programmes in order of appearance, noProgramme last for the tracks in none.
func programmes(tracks []Track) []int {
	var list []int
	for _, t := range tracks {
		for _, p := range t.Programmes {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	return append(list, noProgramme)
}

func (t *Track) in(programme int) bool {
	if programme == noProgramme {
		return len(t.Programmes) == 0
	}
	return slices.Contains(t.Programmes, programme)
}

// known tells that the analysis of the file's beginning has met the track's content.
func (t *Track) known() bool {
	return t.Format.Width > 0 && t.Format.Height > 0 || t.Format.SampleRate > 0
}

func (t *Track) usable(m capture.Media) bool {
	return t.Format.Media == m && t.Decodable && !t.Attached
}

// worth ranks a programme: it has pictures, it has sound, how many tracks were met, how large.
func worth(tracks []Track, programme int) []int {
	w := make([]int, 5)
	for i := range tracks {
		t := &tracks[i]
		if !t.in(programme) {
			continue
		}
		switch {
		case t.usable(capture.Video) && t.known():
			w[0] = 1
			w[2]++
			w[3] = max(w[3], t.Format.Width*t.Format.Height)
		case t.usable(capture.Audio) && t.known():
			w[1] = 1
			w[2]++
		case t.usable(capture.Video), t.usable(capture.Audio):
			w[4]++
		}
	}
	return w
}

// pick returns the best track of a kind in a programme.
func pick(tracks []Track, programme int, m capture.Media) int {
	best := -1
	for i := range tracks {
		t := &tracks[i]
		if t.in(programme) && t.usable(m) && (best < 0 || better(t, &tracks[best])) {
			best = i
		}
	}
	return best
}

// better prefers what was met, what is marked to be played, the larger, the one with more channels.
func better(a, b *Track) bool {
	truth := func(x bool) int {
		if x {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(truth(a.known()), truth(b.known())),
		cmp.Compare(truth(!a.Impaired), truth(!b.Impaired)),
		cmp.Compare(truth(a.Default), truth(b.Default)),
		cmp.Compare(a.Format.Width*a.Format.Height, b.Format.Width*b.Format.Height),
		cmp.Compare(a.Format.Channels, b.Format.Channels),
	) > 0
}

// nothing says why no track was picked.
func nothing(tracks []Track) string {
	var unknown []string
	covers := 0
	for _, t := range tracks {
		switch {
		case t.Attached:
			covers++
		case t.Format.Media != 0 && !t.Decodable:
			unknown = append(unknown, t.Codec)
		}
	}
	switch {
	case len(unknown) > 0:
		return fmt.Sprintf("this FFmpeg cannot decode %s", strings.Join(unknown, ", "))
	case covers > 0:
		return "holds a cover picture only, neither video nor sound"
	}
	return "holds neither video nor sound"
}
