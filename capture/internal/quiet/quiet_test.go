package quiet

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestSay(t *testing.T) {
	var out bytes.Buffer
	q := New(slog.New(slog.NewTextHandler(&out, nil)))
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for n := range 5 {
		q.Say(at.Add(time.Duration(n)*300*time.Millisecond), slog.LevelWarn, "refused", "n", n)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], "n=4 unsaid=3") {
		t.Errorf("got %q, want the first and the fifth, with three unsaid", lines)
	}
	q.Reset()
	q.Say(at, slog.LevelInfo, "again")
	if !strings.Contains(out.String(), "again") {
		t.Error("nothing was said after a reset")
	}
}
