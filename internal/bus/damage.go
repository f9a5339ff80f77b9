package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// DamagedError tells that part of what was stored cannot be read any more.
type DamagedError struct {
	Dir  string
	Lost string // what is lost: "changes 120 to 240 of 240"
}

// Error is one line with what to do.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the store of incidents in %s is damaged: %s: put a copy of the directory back, or remove %s to go on with what is left",
		e.Dir, e.Lost, filepath.Join(e.Dir, markName))
}

const markName = "mark.json"

// mark is what the store held when it was last noted: every few seconds and at the end. The server
// drops what it cannot read without a word that reaches us; held against the mark, it shows. It is
// not synced and may be older than the store, never newer.
type mark struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Gaps  int    `json:"gaps"` // changes within that were lost before, and accepted
}

// inspect returns in one line what the store has lost since its mark, or "".
func inspect(ctx context.Context, s *store, dir string) (string, error) {
	if s.missed {
		if s.stream == nil {
			return "the description of its stream cannot be read", nil
		}
		return "everything", nil
	}
	text, err := os.ReadFile(filepath.Join(dir, markName))
	if err != nil {
		return "", nil // a new store, or one whose loss was accepted
	}
	var was mark
	if json.Unmarshal(text, &was) != nil {
		return "", nil // the power failed while it was written
	}
	info, err := s.stream.Info(ctx)
	if err != nil {
		return "", fmt.Errorf("state of the stream: %w", err)
	}
	now := info.State
	var lost []string
	if now.LastSeq < was.Last {
		lost = append(lost, fmt.Sprintf("changes %d to %d at its end are lost", max(now.LastSeq+1, was.First), was.Last))
	}
	if now.NumDeleted > was.Gaps {
		lost = append(lost, fmt.Sprintf("%d changes within it are lost", now.NumDeleted-was.Gaps))
	}
	if now.Msgs > 0 && now.FirstSeq > was.First && now.Bytes < uint64(info.Config.MaxBytes)/2 && was.Last >= now.FirstSeq {
		lost = append(lost, fmt.Sprintf("changes %d to %d at its beginning are lost", was.First, now.FirstSeq-1))
	}
	return strings.Join(lost, ", and "), nil
}

// note brings the mark up to date. until is where the stream is about to be cut off, or 0: noted
// before, a cut is never taken for damage.
func (b *Bus) note(ctx context.Context, until uint64) {
	info, err := b.store.stream.Info(ctx)
	if err != nil {
		return // the next one will tell; an old mark is no harm
	}
	state := info.State
	text, err := json.Marshal(mark{First: max(state.FirstSeq, until), Last: state.LastSeq, Gaps: state.NumDeleted})
	if err != nil {
		return
	}
	path := filepath.Join(b.dir, markName)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o640); err != nil {
		return // a full disk: the change itself tells
	}
	os.Rename(path+".new", path)
}
