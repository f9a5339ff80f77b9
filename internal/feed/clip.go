package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
)

// clipSilence is how long a worker may say nothing while it reads a file: longer than any disk, and
// than the gaps of a recording read in real time.
const clipSilence = 60 * time.Second

// Clip looks at one file, once: the same worker and the same bank as a live feed, with the file's
// own time in place of the clock.
type Clip struct {
	Program worker.Program
	Armed   []detectors.Armed
	Play    worker.Play
	// Contents, Seen and Incident may be nil. Incident hears of each incident when it has ended,
	// and last of those that the end of the file left open: their Ended is zero.
	Contents func(worker.Contents)
	Seen     func(at time.Duration)
	Incident func(detectors.Incident)
}

// Summary is what was looked at.
type Summary struct {
	Duration   time.Duration // from the first sample to the end
	Pictures   uint64
	Incidents  int
	Unmeasured []string // kinds that could never tell
	Report     worker.Report
	CPU        time.Duration // of the worker
	PeakMemory int64         // of the worker, bytes resident
}

// Check looks at the file at path. After an error in the middle of the file the summary tells what
// was seen before it.
func (c Clip) Check(ctx context.Context, path string) (Summary, error) {
	file, err := openInput(path)
	if err != nil {
		return Summary{}, err
	}
	defer file.Close()
	process, err := c.Program.Start(ctx)
	if err != nil {
		return Summary{}, err
	}
	// A worker that is busy with a long file is woken by the end of its conversation.
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	defer stop()
	if err := process.Play(file, path, c.Play); err != nil {
		return Summary{}, errors.Join(fmt.Errorf("hand %s to the worker: %w", path, err), process.Stop())
	}
	v := &viewing{Clip: c, bank: detectors.NewBank(path, time.Time{}, forFiles(c.Armed))}
	err = v.listen(process)
	exit := process.Stop()
	if ctx.Err() != nil {
		err = fmt.Errorf("%s: interrupted", path)
	} else if errors.Is(err, io.EOF) && exit != nil {
		err = fmt.Errorf("%s: the worker was lost: %w", path, exit)
	} else if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	summary := v.finish()
	summary.CPU, summary.PeakMemory = process.CPU(), process.PeakMemory()
	return summary, err
}

// openInput opens a file, with an error that says what is wrong with it.
func openInput(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name the files in it", path)
	}
	file, openErr := os.Open(path)
	switch {
	case errors.Is(openErr, os.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist", path)
	case errors.Is(openErr, os.ErrPermission):
		return nil, fmt.Errorf("%s may not be read by this user", path)
	case openErr != nil:
		return nil, openErr
	}
	if info != nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = file.Close()
		return nil, fmt.Errorf("%s is empty", path)
	}
	return file, nil
}

// forFiles leaves out the detectors that judge a link: a file has none.
func forFiles(armed []detectors.Armed) []detectors.Armed {
	var kept []detectors.Armed
	for _, a := range armed {
		if a.Kind.Reads&(detectors.Pictures|detectors.Sounds) != 0 {
			kept = append(kept, a)
		}
	}
	return kept
}

// viewing is one run over one file.
type viewing struct {
	Clip
	bank    *detectors.Bank
	summary Summary
}

// listen judges the worker's samples until it is done with the file.
func (v *viewing) listen(process *worker.Process) error {
	for {
		e, err := process.Receive(clipSilence)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("the worker has said nothing for %s", clipSilence)
		case err != nil:
			return err
		case e.Sample != nil:
			v.see(*e.Sample)
		case e.Report != nil:
			v.summary.Report = *e.Report
		case e.Contents != nil && v.Contents != nil:
			v.Contents(*e.Contents)
		case e.Done != nil:
			return e.Done.Err
		}
	}
}

func (v *viewing) see(s detectors.Sample) {
	end := s.At
	if s.Picture != nil {
		v.summary.Pictures++
		end += s.Picture.Duration
	} else if s.Sound != nil {
		end += s.Sound.Duration
	}
	v.summary.Duration = max(v.summary.Duration, end)
	for _, change := range v.bank.Step(s) {
		if change.Phase == detectors.Closed {
			v.tell(change.Incident)
		}
	}
	if v.Seen != nil {
		v.Seen(s.At)
	}
}

func (v *viewing) tell(i detectors.Incident) {
	v.summary.Incidents++
	if v.Incident != nil {
		v.Incident(i)
	}
}

func (v *viewing) finish() Summary {
	for _, i := range v.bank.Finish(v.summary.Duration) {
		v.tell(i)
	}
	v.summary.Unmeasured = v.bank.Unmeasured()
	return v.summary
}
