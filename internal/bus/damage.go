package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// DamagedError tells that part of what was stored cannot be read any more.
type DamagedError struct {
	Dir  string
	Lost string // what is lost: "240 of 600 changes cannot be read"
}

// Error is one line with what to do.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the store of incidents in %s is damaged: %s: put a copy of the directory back, or remove %s to go on with what is left",
		e.Dir, e.Lost, filepath.Join(e.Dir, markName))
}

const markName = "mark.json"

// mark is what the store held when it was last noted: at every start and end and a few seconds
// after a change. The server drops what it cannot read without a word that reaches us; held
// against the mark, it shows. The mark is not synced: it may be older than the store, never newer.
type mark struct {
	Last uint64 `json:"last"` // number of the newest change
	Held uint64 `json:"held"` // changes on disk
	Gaps int    `json:"gaps"` // changes within that were lost before, and accepted
}

// readMark returns the mark of a directory; false where there is none to hold the store against:
// it is new, its loss was accepted, or the power failed while the mark was written.
func readMark(dir string) (mark, bool) {
	var was mark
	text, err := os.ReadFile(filepath.Join(dir, markName))
	return was, err == nil && json.Unmarshal(text, &was) == nil
}

// inspect returns in one line what the store has lost since its mark, or "".
func inspect(ctx context.Context, s *store, was mark) (string, error) {
	if s.stream == nil {
		return "the description of its stream cannot be read", nil
	}
	info, err := s.stream.Info(ctx)
	if err != nil {
		return "", fmt.Errorf("state of the stream: %w", err)
	}
	now := info.State
	switch {
	case now.LastSeq < was.Last:
		return fmt.Sprintf("changes %d to %d at its end cannot be read", now.LastSeq+1, was.Last), nil
	case now.NumDeleted > was.Gaps:
		return fmt.Sprintf("%d changes within it cannot be read", now.NumDeleted-was.Gaps), nil
	case now.Bytes > uint64(info.Config.MaxBytes)/2: // the size limit may have dropped some
		return "", nil
	}
	if want := was.Held + now.LastSeq - was.Last; now.Msgs < want {
		return fmt.Sprintf("%d of %d changes cannot be read", want-now.Msgs, want), nil
	}
	return "", nil
}

// note brings the mark up to date. until is where the stream is about to be cut off, or 0: noted
// before, a cut is never taken for damage.
func (b *Bus) note(ctx context.Context, until uint64) {
	info, err := b.store.stream.Info(ctx)
	if err != nil {
		return // the next one will tell; an old mark is no harm
	}
	state := info.State
	held := state.Msgs
	if until > state.FirstSeq {
		held -= min(held, until-state.FirstSeq)
	}
	text, err := json.Marshal(mark{Last: state.LastSeq, Held: held, Gaps: state.NumDeleted})
	if err != nil {
		return
	}
	path := filepath.Join(b.dir, markName)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o640); err != nil {
		return // a full disk: the change itself tells
	}
	_ = os.Rename(path+".new", path) // or else the old one holds
}

// distrust removes the server's summary of its files, so that it reads and checks every record at
// the next start and takes what is sound.
func distrust(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "index.db"))
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("read the store anew: %w", err)
		}
	}
	return err
}
