package sound

// window holds the last values of a measurement, one a block, each with a weight.
type window struct {
	values, weights []float64
	next, filled    int
	sum, weight     float64
}

func newWindow(blocks int) window {
	return window{values: make([]float64, blocks), weights: make([]float64, blocks)}
}

// add takes one value; its weight is what it counts in the mean.
func (w *window) add(value, weight float64) {
	w.sum += value*weight - w.values[w.next]
	w.weight += weight - w.weights[w.next]
	w.values[w.next], w.weights[w.next] = value*weight, weight
	w.filled = min(w.filled+1, len(w.values))
	if w.next++; w.next < len(w.values) {
		return
	}
	// Added up anew once a round, so that roundings do not pile up over months.
	w.next, w.sum, w.weight = 0, 0, 0
	for i := range w.values {
		w.sum += w.values[i]
		w.weight += w.weights[i]
	}
}

func (w *window) reset() {
	clear(w.values)
	clear(w.weights)
	w.next, w.filled, w.sum, w.weight = 0, 0, 0, 0
}

func (w *window) full() bool { return w.filled == len(w.values) }

// mean returns the weighted mean, 0 where nothing has weight.
func (w *window) mean() float64 {
	if w.weight <= 0 {
		return 0
	}
	return w.sum / w.weight
}

// since returns how many blocks ago the values went over a limit for good (or under it, with over
// false): the moment from which their sum above the limit is largest, as in E. S. Page, "Continuous
// inspection schemes", 1954. A mean that has just crossed the limit did so because of that change.
func (w *window) since(limit float64, over bool) int {
	var sum, most float64
	count := 0
	for back := 1; back <= w.filled; back++ {
		i := (w.next - back + len(w.values)) % len(w.values)
		excess := w.values[i] - limit*w.weights[i]
		if !over {
			excess = -excess
		}
		if sum += excess; sum > most {
			most, count = sum, back
		}
	}
	return count
}

// turned is how many blocks on the other side of a limit tell that what the mean still says is over.
const turned = 5
