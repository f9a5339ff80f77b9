package eval

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// Bench is what cases are run with.
type Bench struct {
	Shop    *Shop
	Corpus  Corpus
	Program worker.Program
	Kinds   []detectors.Kind
	Jobs    int // files side by side
	Live    int // live cases side by side
}

// Result is what became of one case.
type Result struct {
	Case      Case
	Err       error
	Took      time.Duration
	Duration  time.Duration
	Incidents []Told               // of all kinds
	Own       Said                 // by the detector that the case tests
	Peers     []Said               // by the peers of the kind, in the order of the table
	Values    []float64            // by the case's Wants
	PeerValue map[string]float64   // by the names of [Value.Peer]
	Good      map[string][]float32 // of clean cases: the scores of every kind
}

// Run runs cases side by side and returns their results in the order of the cases. each hears of
// every one as it ends.
func (b *Bench) Run(ctx context.Context, cases []Case, each func(Result)) []Result {
	results := make([]Result, len(cases))
	var files, live []int
	for i, c := range cases {
		if c.Live != nil {
			live = append(live, i)
		} else {
			files = append(files, i)
		}
	}
	var mutex sync.Mutex
	one := func(i int) {
		began := time.Now()
		r := b.measure(ctx, cases[i])
		r.Took = time.Since(began)
		results[i] = r
		mutex.Lock()
		defer mutex.Unlock()
		each(r)
	}
	sideBySide(files, max(b.Jobs, 1), one)
	sideBySide(live, max(b.Live, 1), one) // afterwards: encoders must not starve what runs in real time
	return results
}

func sideBySide(list []int, jobs int, do func(int)) {
	next := make(chan int)
	var wait sync.WaitGroup
	for range jobs {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for _, i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
}

// measure runs one case and asks the peers.
func (b *Bench) measure(ctx context.Context, c Case) Result {
	if err := ctx.Err(); err != nil {
		return Result{Case: c, Err: err}
	}
	o, err := b.run(ctx, &c)
	r := Result{Case: c}
	if err == nil {
		r.Duration, r.Incidents, r.Own = o.Duration, o.Incidents, o.Of(c.Kind)
		r.Values = o.Values
		if c.Kind == CleanKind {
			r.Good = goodScores(o)
		}
		err = b.ask(ctx, c, &r)
	}
	switch {
	case ctx.Err() != nil: // what was killed by it says something else
		r.Err = ctx.Err()
	case err != nil:
		r.Err = fmt.Errorf("%s: %w", c.Name(), err)
	}
	return r
}

// ask asks the peers of the case's kind about its file.
func (b *Bench) ask(ctx context.Context, c Case, r *Result) (err error) {
	if c.Live != nil {
		return nil
	}
	for _, p := range peersOf(c.Kind) {
		said, err := p.Ask(ctx, b.Shop, c.Media, r.Duration)
		if err != nil {
			return fmt.Errorf("ask %s: %w", p.Name, err)
		}
		r.Peers = append(r.Peers, said)
	}
	if len(c.Wants) > 0 {
		r.PeerValue, err = loudness(ctx, b.Shop, c.Media)
	}
	return err
}

// goodScores are the scores of all kinds where nothing is wrong.
func goodScores(o *Outcome) map[string][]float32 {
	scores := map[string][]float32{}
	for kind, points := range o.Verdicts {
		for _, p := range points {
			if p.State != detectors.Unknown {
				scores[kind] = append(scores[kind], p.Score)
			}
		}
	}
	return scores
}

// run measures and judges one case.
func (b *Bench) run(ctx context.Context, c *Case) (*Outcome, error) {
	if c.Live != nil {
		o, err := c.Live(ctx, b, c)
		if err == nil && o.Truth != nil {
			c.Truth = o.Truth
		}
		return o, err
	}
	path, err := b.Shop.File(ctx, c.Media)
	if err != nil {
		return nil, err
	}
	recording, err := Record(ctx, b.Program, path)
	if recording == nil || err != nil && c.Kind != RealKind { // a real clip may end badly, and is judged up to there
		return nil, err
	}
	if c.Find != nil {
		if c.Truth, err = c.Find(ctx, b.Shop); err != nil {
			return nil, fmt.Errorf("find the truth: %w", err)
		}
	}
	o, err := Judge(b.Kinds, c.settings(b.Kinds), recording)
	if err != nil {
		return nil, err
	}
	for _, w := range c.Wants {
		v, err := valueNamed(w.Name)
		if err != nil {
			return nil, err
		}
		o.Values = append(o.Values, v.Of(recording))
	}
	return o, nil
}

// settings are those of a case: its own, and its kind enabled.
func (c Case) settings(kinds []detectors.Kind) []string {
	set := c.Set
	for _, k := range kinds {
		if k.Name == c.Kind && k.Off {
			set = append([]string{"detectors." + k.Name + ".enabled=true"}, set...)
		}
	}
	return set
}

// said is the case's settings as the table shows them: "for 1s, keep 500ms".
func (c Case) said() string {
	var words []string
	for _, s := range c.Set {
		path, value, _ := strings.Cut(strings.TrimPrefix(s, "detectors."), "=")
		words = append(words, strings.TrimPrefix(path, c.Kind+".")+" "+value)
	}
	return strings.Join(words, ", ")
}
