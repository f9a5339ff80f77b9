package picture

import "time"

// Bars that roll sideways are those of a generator's card: line-up bars stand still.
const (
	rolledCells = 2               // by how many cells bars must move to be moving, not flickering
	rollsFor    = 3 * time.Second // for how long after that they count as rolling
)

// roll follows where bars are.
type roll struct {
	had    bool
	since  time.Duration // of the first of the pictures with bars
	column int
	moves  bool
	moved  time.Duration // when they last moved
}

// step takes what was found in a picture and tells whether the bars roll.
func (r *roll) step(at time.Duration, f found) bool {
	switch {
	case f.row == 0:
		*r = roll{}
		return false
	case !r.had:
		*r = roll{had: true, since: at, column: f.column}
	case apart(f.column, r.column) >= rolledCells:
		r.column, r.moves, r.moved = f.column, true, at
	}
	return r.moves && at-r.moved < rollsFor
}
