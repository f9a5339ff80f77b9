package eval

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// workerSilence is how long a worker may say nothing while it measures a file.
const workerSilence = 60 * time.Second

// Recording is a file as its measurements: what a detector can be asked about again and again
// without decoding.
type Recording struct {
	Samples  []detectors.Sample
	Duration time.Duration
}

// Record measures a file in a worker, as `vedette check` does. With an error in the middle of the file
// it returns what was measured before it.
func Record(ctx context.Context, program worker.Program, path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	process, err := program.Start(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	defer stop()
	if err := process.Play(file, path, worker.Play{}); err != nil {
		return nil, errors.Join(fmt.Errorf("hand %s to the worker: %w", path, err), process.Stop())
	}
	r, err := receive(process)
	if err = errors.Join(err, process.Stop()); err != nil {
		return r, fmt.Errorf("measure %s: %w", path, err)
	}
	return r, nil
}

func receive(process *worker.Process) (*Recording, error) {
	r := &Recording{}
	for {
		e, err := process.Receive(workerSilence)
		switch {
		case err != nil:
			return nil, err
		case e.Sample != nil:
			r.add(*e.Sample)
		case e.Done != nil:
			return r, e.Done.Err
		}
	}
}

func (r *Recording) add(s detectors.Sample) {
	end := s.At
	if s.Picture != nil {
		end += s.Picture.Duration
	} else if s.Sound != nil {
		end += s.Sound.Duration
	}
	r.Duration = max(r.Duration, end)
	r.Samples = append(r.Samples, clone(s))
}

// clone copies a sample with everything that it points at.
func clone(s detectors.Sample) detectors.Sample {
	if s.Picture != nil {
		p := *s.Picture
		if p.Damage != nil {
			damage := *p.Damage
			p.Damage = &damage
		}
		for _, profile := range []*detectors.Profile{&p.Rows, &p.Columns} {
			profile.Mean, profile.Step, profile.Change = slices.Clone(profile.Mean), slices.Clone(profile.Step), slices.Clone(profile.Change)
		}
		c := &p.Cells
		for _, of := range []*[]byte{&c.Mean, &c.Spread, &c.Change, &c.Cb, &c.Cr, &c.Border, &c.Detail, &c.Comb,
			&c.SeamAcross, &c.SeamDown, &c.MiddleAcross, &c.MiddleDown} {
			*of = slices.Clone(*of)
		}
		s.Picture = &p
	}
	if s.Sound != nil {
		sound := *s.Sound
		sound.Channels, sound.Pairs = slices.Clone(sound.Channels), slices.Clone(sound.Pairs)
		s.Sound = &sound
	}
	return s
}

// Save writes a recording, and Open reads it back.
func (r *Recording) Save(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "recording-*")
	if err != nil {
		return err
	}
	err = errors.Join(gob.NewEncoder(file).Encode(r), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("save recording %s: %w", path, err)
	}
	return nil
}

// Open reads a recording that Save wrote.
func Open(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &Recording{}
	if err := gob.NewDecoder(file).Decode(r); err != nil {
		return nil, fmt.Errorf("read recording %s: %w", path, err)
	}
	return r, nil
}
