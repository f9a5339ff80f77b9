package srt

import (
	"testing"
	"time"

	gosrt "github.com/datarhei/gosrt"
)

// A feed of contribution at 50 Mbit/s comes through whole: what is missing to the reader at the end
// would have been lost by us, on a loopback that loses nothing but what nobody reads in time.
func TestFiftyMegabits(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this one sends for three seconds")
	}
	s, _ := newServer(t, Options{})
	f := s.feed(t, "streamid=main")
	config := gosrt.DefaultConfig()
	config.StreamId = "main"
	config.ReceiverLatency, config.PeerLatency = 500*time.Millisecond, 500*time.Millisecond
	conn, err := gosrt.Dial("srt", s.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const size = 1316
	const packets = 50_000_000 / 8 / size * 3
	payload := make([]byte, size)
	for i := 0; i < size; i += 188 {
		payload[i], payload[i+1], payload[i+2], payload[i+3] = 0x47, 0x1f, 0xff, 0x10 // null packets
	}
	for began, n := time.Now(), 0; n < packets; {
		due := int(time.Since(began).Seconds() * 50_000_000 / 8 / size)
		for ; n < min(due, packets); n++ {
			if _, err := conn.Write(payload); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	f.until("all taken", func() bool { facts := f.source.Facts(); return facts.Received+facts.Missing >= packets })
	facts := f.source.Facts()
	t.Logf("%d packets, %d asked for again, %d came by that, round trip %v", facts.Received, facts.Requests, facts.Recovered, facts.RoundTrip)
	if facts.Received != packets || facts.Missing != 0 || facts.Transport.Packets != 7*packets || facts.Transport.SyncLosses.Count != 0 {
		t.Errorf("%d of %d packets, %d missing: %+v", facts.Received, packets, facts.Missing, facts.Transport)
	}
}
