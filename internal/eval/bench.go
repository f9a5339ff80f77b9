package eval

import (
	"context"
	"fmt"
	"sync"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// Bench is what cases are run with.
type Bench struct {
	Shop    *Shop
	Corpus  Corpus
	Program worker.Program
	Kinds   []detectors.Kind
	Jobs    int // side by side
}

// Result is what became of one case.
type Result struct {
	Case    Case
	Outcome *Outcome
	Err     error
}

// Run runs cases side by side and returns their results in the order of the cases. each, which may
// be nil, hears of every one as it ends.
func (b *Bench) Run(ctx context.Context, cases []Case, each func(Result)) []Result {
	results := make([]Result, len(cases))
	next := make(chan int)
	var wait sync.WaitGroup
	var mutex sync.Mutex
	for range max(b.Jobs, 1) {
		wait.Go(func() {
			for i := range next {
				c := cases[i]
				o, err := b.run(ctx, &c)
				if err != nil {
					err = fmt.Errorf("%s: %w", c.Name(), err)
				}
				results[i] = Result{Case: c, Outcome: o, Err: err}
				if each != nil {
					mutex.Lock()
					each(results[i])
					mutex.Unlock()
				}
			}
		})
	}
	for i := range cases {
		next <- i
	}
	close(next)
	wait.Wait()
	return results
}
