package eval

import "slices"

// Recipes is the table of all that is measured, one table of each area after the other.
var Recipes = slices.Concat(
	blackRecipes,
	freezeRecipes,
	silenceRecipes,
	blockinessRecipes,
	noiseRecipes,
	blurRecipes,
	corruptionRecipes,
	flashRecipes,
	interlaceRecipes,
	stutterRecipes,
	tearingRecipes,
	linkRecipes,
	channelRecipes,
	waveRecipes,
	loudnessRecipes,
	staticRecipes,
)

// Cases expands recipes for a corpus.
func Cases(recipes []Recipe, corpus Corpus) []Case {
	var all []Case
	for _, r := range recipes {
		for _, c := range r.Cases(corpus) {
			c.Kind, c.Step = r.Kind, r.Step
			all = append(all, c)
		}
	}
	return all
}
