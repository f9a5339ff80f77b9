package config

import "slices"

// longestGuess bounds the work of a guess; no key is longer.
const longestGuess = 64

// nearest returns the known word that a mistyped one most likely means, or "".
func nearest(word string, known []string) string {
	if len(word) > longestGuess {
		return ""
	}
	best, least := "", len(word)/2+1
	for _, candidate := range known {
		if d := distance(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the least number of insertions, deletions, substitutions and swaps of neighbours
// that turn a into b (Damerau 1964, in the restricted form where no part is edited twice).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// unknown says of a word that it is not one of the known ones, and which was meant.
func unknown(what, word string, known []string) string {
	text := "unknown " + what
	if guess := nearest(word, known); guess != "" {
		return text + "; did you mean " + guess + "?"
	}
	if len(known) == 0 {
		return text + "; there are none"
	}
	known = slices.Clone(known)
	slices.Sort(known)
	return text + "; known are " + list(known)
}

// list joins words as in a sentence.
func list(words []string) string {
	text := ""
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " and "
		default:
			text += ", "
		}
		text += word
	}
	return text
}
