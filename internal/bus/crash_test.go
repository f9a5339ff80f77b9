package bus

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// crashes is how often the publishing process is killed.
const crashes = 20

// TestMain makes the test binary the publishing process where it is told so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BUS_TEST_PUBLISH_IN"); dir != "" {
		if err := publishForever(dir, os.Getenv("BUS_TEST_ROUND")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// publishForever opens and closes incidents, and prints each change once it is acknowledged.
func publishForever(dir, round string) error {
	b, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	for _, i := range b.OpenIncidents("") { // as a feed would that finds them over
		if err := acknowledge(b, closed(i)); err != nil {
			return err
		}
	}
	for n := 0; ; n++ {
		i := incident("feed-"+round, "freeze", n)
		changes := []detectors.Change{opened(i), updated(i, 2*time.Second), closed(i)}
		if n%7 == 0 {
			changes = changes[:2] // stays open
		}
		for _, c := range changes {
			if err := acknowledge(b, c); err != nil {
				return err
			}
		}
	}
}

func acknowledge(b *Bus, c detectors.Change) error {
	if err := b.Publish(context.Background(), c); err != nil {
		return err
	}
	_, err := fmt.Println(c.Incident.ID, c.Phase)
	return err
}

// TestKilled kills the publishing process at random moments: what it was told to be stored must be
// there after each start, each incident once, in a state no older than the one acknowledged.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process twenty times")
	}
	dir := t.TempDir()
	told := map[string]detectors.Phase{}
	for round := range crashes {
		runAndKill(t, dir, round, told)
		b, err := Open(context.Background(), dir, Options{})
		if err != nil {
			t.Fatalf("after crash %d: %v", round+1, err)
		}
		verify(t, b, told)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
	}
	t.Logf("%d incidents were acknowledged and are there after %d crashes", len(told), crashes)
}

func runAndKill(t *testing.T, dir string, round int, told map[string]detectors.Phase) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BUS_TEST_PUBLISH_IN="+dir, fmt.Sprint("BUS_TEST_ROUND=", round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Killed after a random number of acknowledged changes, and there in the middle of the next.
	after := rand.IntN(150)
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		id, phase, _ := strings.Cut(lines.Text(), " ")
		var p detectors.Phase
		if err := p.UnmarshalText([]byte(phase)); err != nil {
			t.Fatalf("the process said %q", lines.Text())
		}
		told[id] = max(told[id], p)
		if n == after {
			time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, func() { cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process ended by itself: %v", err)
	}
}

func verify(t *testing.T, b *Bus, told map[string]detectors.Phase) {
	t.Helper()
	all, err := b.Incidents(context.Background(), Filter{Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]detectors.Incident{}
	for _, i := range all {
		if _, twice := state[i.ID]; twice {
			t.Errorf("%s is there twice", i.ID)
		}
		state[i.ID] = i
	}
	for id, phase := range told {
		i, there := state[id]
		switch {
		case !there:
			t.Errorf("%s was acknowledged and is lost", id)
		case phase == detectors.Closed && i.Ended.IsZero():
			t.Errorf("%s was closed and is open", id)
		case phase == detectors.Updated && i.Until < i.At+2*time.Second:
			t.Errorf("%s lost its update", id)
		}
	}
	for _, i := range b.OpenIncidents("") {
		if !i.Ended.IsZero() || told[i.ID] == detectors.Closed {
			t.Errorf("%s is open", i.ID)
		}
	}
}
