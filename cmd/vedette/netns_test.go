package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// A cable is pulled for ten seconds between an encoder in a network of its own and the daemon: that is
// told with its length, the picture is measured again afterwards, and nothing else is told.
func TestNetworkOutage(t *testing.T) {
	here, there := network(t)
	port := freeUDP(t)
	d, _ := newDaemon(t, "feeds:\n  - { name: main, source: 'udp://"+here.address+":"+port+"' }\n")
	d.start()
	// In the other network ffmpeg is run by ip, which knows how to enter it.
	shim := t.TempDir()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", there.namespace, ffmpeg)
	if err := os.WriteFile(filepath.Join(shim, "ffmpeg"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", shim+":"+os.Getenv("PATH"))
	encoder(t, slices.Concat(movingPicture, toTransport, []string{"udp://" + here.address + ":" + port + "?pkt_size=1316"})...)
	d.until(20*time.Second, "measured", func() bool { return measuring(d.feed("main")) })

	before := len(d.incidents("kind=no-signal"))
	pulled := time.Now()
	here.set(t, "down")
	d.until(8*time.Second, "told", func() bool { return len(d.incidents("kind=no-signal&open=true")) == 1 })
	time.Sleep(10*time.Second - time.Since(pulled))
	here.set(t, "up")
	outage := time.Since(pulled)
	d.until(20*time.Second, "over", func() bool { return len(d.incidents("kind=no-signal&open=true")) == 0 })
	all := d.incidents("kind=no-signal")
	if len(all) != before+1 {
		t.Fatalf("%d incidents of one outage: %+v", len(all)-before, all)
	}
	slices.SortFunc(all, func(a, b detectors.Incident) int { return a.Began.Compare(b.Began) })
	last := all[len(all)-1]
	if off := (last.Ended.Sub(last.Began) - outage).Abs(); off > 5*time.Second { // neighbours have to find each other again
		t.Errorf("an outage of %v is told as %v", outage, last.Ended.Sub(last.Began))
	}
	had := d.feed("main").Pictures
	d.until(10*time.Second, "measured again", func() bool { return d.feed("main").Pictures > had+25 })
	d.stop()
}

// place is one end of a cable.
type place struct{ namespace, device, address string }

// network makes a network of its own with a cable to this one, where the system lets us.
func network(t *testing.T) (here, there place) {
	t.Helper()
	needPrograms(t)
	if os.Geteuid() != 0 {
		t.Skip("network namespaces take root")
	}
	name := fmt.Sprintf("vd%d", rand.IntN(100_000))
	subnet := fmt.Sprintf("10.213.%d.", 1+rand.IntN(250))
	here = place{"", name + "a", subnet + "1"}
	there = place{name, name + "b", subnet + "2"}
	t.Cleanup(func() {
		_ = exec.Command("ip", "link", "del", here.device).Run()
		_ = exec.Command("ip", "netns", "del", there.namespace).Run()
	})
	for _, line := range []string{
		"netns add " + name,
		"link add " + here.device + " type veth peer name " + there.device + " netns " + name,
		"addr add " + here.address + "/30 dev " + here.device,
		"link set " + here.device + " up",
		"-n " + name + " addr add " + there.address + "/30 dev " + there.device,
		"-n " + name + " link set " + there.device + " up",
	} {
		if said, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Skipf("network namespaces cannot be had here: ip %s: %v: %s", line, err, said)
		}
	}
	return here, there
}

// set plugs the cable in, or pulls it.
func (p place) set(t *testing.T, state string) {
	t.Helper()
	if said, err := exec.Command("ip", "link", "set", p.device, state).CombinedOutput(); err != nil {
		t.Fatalf("set %s %s: %v: %s", p.device, state, err, said)
	}
}
