package picture

import "strings"

// damageDetail is the evidence of an episode in words. It changes only when the damage gets worse, or
// other evidence comes in.
type damageDetail struct {
	seen  evidenceSeen
	words string
}

// evidenceSeen is the most that was seen of each kind; shares are steps of [detailSteps].
type evidenceSeen struct {
	errors           bool
	concealed, edges int
}

// detailSteps are the shares of the picture that the detail tells apart.
var detailSteps = []struct {
	share float64
	word  string
}{{0, ""}, {0.0005, "under 1%"}, {0.01, "over 1%"}, {0.03, "over 3%"}, {0.1, "over 10%"}, {0.3, "over 30%"}}

func stepOf(share float64) int {
	for i := len(detailSteps) - 1; i > 0; i-- {
		if share >= detailSteps[i].share {
			return i
		}
	}
	return 0
}

// say takes in the evidence of one picture and returns the words for all of it so far.
func (d *damageDetail) say(errors bool, concealed, edges float64) string {
	now := evidenceSeen{
		errors:    errors || d.seen.errors,
		concealed: max(stepOf(concealed), d.seen.concealed),
		edges:     max(stepOf(edges), d.seen.edges),
	}
	if now != d.seen || d.words == "" {
		d.seen, d.words = now, now.String()
	}
	return d.words
}

func (s evidenceSeen) String() string {
	var words []string
	if s.errors {
		words = append(words, "decoder errors")
	}
	if s.concealed > 0 {
		words = append(words, "the decoder concealed "+detailSteps[s.concealed].word+" of the picture")
	}
	if s.edges > 0 {
		words = append(words, "block edges in "+detailSteps[s.edges].word+" of the picture")
	}
	return strings.Join(words, ", ")
}
