package eval

// Expectations is what is in the clips that nobody put there, written down from looking at and
// listening to them.
var Expectations = []Found{}
