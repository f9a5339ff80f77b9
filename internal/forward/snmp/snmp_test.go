package snmp

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
)

const mib = "../../../docs/mib/VEDETTE-MIB.txt"

// TestMIB has a checker of MIBs read ours.
func TestMIB(t *testing.T) {
	path, err := exec.LookPath("smilint")
	if err != nil {
		t.Skip("smilint is not installed")
	}
	base, err := filepath.Abs("testdata/mibs")
	if err != nil {
		t.Fatal(err)
	}
	check := func(file string) string {
		cmd := exec.Command(path, "-l", "5", file)
		cmd.Env = append(os.Environ(), "SMIPATH="+base)
		said, _ := cmd.CombinedOutput()
		return string(said)
	}
	if said := check(mib); said != "" {
		t.Errorf("smilint says\n%s", said)
	}
	text, err := os.ReadFile(mib)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "VEDETTE-MIB")
	if err := os.WriteFile(bad, []byte(strings.Replace(string(text), "SYNTAX VedetteText", "SYNTAX NoSuchType", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if check(bad) == "" {
		t.Error("the checker finds nothing wrong in a MIB that is wrong")
	}
}

// TestAsDescribed holds what is sent against the MIB: every object and every notification has the
// number that it has there.
func TestAsDescribed(t *testing.T) {
	text, err := os.ReadFile(mib)
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(text)), " ")
	for name, place := range map[string]string{
		"vedetteMessageId": "vedetteObjects 1", "vedetteSite": "vedetteObjects 2", "vedetteSeverity": "vedetteObjects 3",
		"vedetteTitle": "vedetteObjects 4", "vedetteIncidentId": "vedetteObjects 5", "vedetteFeed": "vedetteObjects 6",
		"vedetteKind": "vedetteObjects 7", "vedetteBegan": "vedetteObjects 8", "vedetteDuration": "vedetteObjects 9", "vedetteDetail": "vedetteObjects 10",
		"vedetteIncidentOpened": fmt.Sprint("vedetteNotifications ", notification[forward.Opened]),
		"vedetteIncidentClosed": fmt.Sprint("vedetteNotifications ", notification[forward.Closed]),
		"vedetteIncidentOpen":   fmt.Sprint("vedetteNotifications ", notification[forward.StillOpen]),
		"vedetteGroup":          fmt.Sprint("vedetteNotifications ", notification[forward.GroupClosed]),
		"vedetteNotice":         fmt.Sprint("vedetteNotifications ", notification[forward.NoticeType]),
		"vedetteHeartbeat":      fmt.Sprint("vedetteNotifications ", notification[forward.Beat]),
		"vedetteDigest":         fmt.Sprint("vedetteNotifications ", notification[forward.DigestType]),
	} {
		_, rest, found := strings.Cut(flat, " "+name+" "+map[bool]string{true: "OBJECT-TYPE", false: "NOTIFICATION-TYPE"}[strings.Contains(place, "Objects")])
		_, number, _ := strings.Cut(rest, "::= { ")
		if number, _, _ = strings.Cut(number, " }"); !found || number != place {
			t.Errorf("%s is { %s }, want { %s }", name, number, place)
		}
	}
	if _, err := parse(strings.Join(variables(forward.NewChange("s", forwardtest.Change(detectors.Opened, forwardtest.Incident("a", "b", 1)), forwardtest.Noon)), "\n")); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "x", "x y z", ".1 number x"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// receiver is snmptrapd. It says what it gets in numbers.
func receiver(t *testing.T, port string) (said *forwardtest.Log, stop func()) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "snmptrapd.conf")
	text := "authCommunity log c0mmunity-s3cret\n" +
		"createUser noc SHA-256 auth-s3cret-1 AES privacy-s3cret-1\n" +
		"createUser -e 0x8000000001020304 trapper SHA-256 auth-s3cret-1 AES privacy-s3cret-1\n" +
		"authUser log noc priv\nauthUser log trapper priv\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SNMP_PERSISTENT_DIR", dir)
	said, stop = forwardtest.Peer(t, "snmptrapd", "-f", "-Lo", "-C", "-c", path, "-O", "n", "-F", "%W %v\n", "udp:127.0.0.1:"+port)
	forwardtest.Until(t, "snmptrapd listens", func() bool { return said.Has("NET-SNMP version") })
	return said, stop
}

func TestSnmptrapd(t *testing.T) {
	secrets := forwardtest.Secrets(map[string]string{"community": "c0mmunity-s3cret", "auth": "auth-s3cret-1", "privacy": "privacy-s3cret-1"})
	for _, c := range []struct {
		name string
		set  config.SNMP
	}{
		{"v2c inform", config.SNMP{Version: "v2c", Inform: true, CommunityCredential: "community"}},
		{"v2c trap", config.SNMP{Version: "v2c", CommunityCredential: "community"}},
		{"v3 inform", config.SNMP{Version: "v3", Inform: true, User: "noc", Auth: "SHA256", AuthCredential: "auth", Privacy: "AES", PrivacyCredential: "privacy"}},
		{"v3 trap", config.SNMP{Version: "v3", User: "trapper", Auth: "SHA256", AuthCredential: "auth", Privacy: "AES", PrivacyCredential: "privacy", EngineID: "8000000001020304"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			port := forwardtest.Port(t)
			said, stop := receiver(t, port)
			c.set.Address = "127.0.0.1:" + port
			sink, err := New(&c.set, "studio-4", secrets)
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{Timeout: 1500e6})
			i := forwardtest.Incident("main", "freeze", 1)
			r.Publish(forwardtest.Change(detectors.Opened, i))
			r.Until("a notification came", func() bool {
				return said.Has(root+".0.1") && said.Has(root+".1.6.0 = STRING: \"main\"") && said.Has(root+".1.3.0 = INTEGER: 4")
			})
			if !c.set.Inform {
				return
			}
			stop() // an inform that nobody acknowledges is not delivered
			r.Publish(forwardtest.Change(detectors.Closed, i))
			r.Until("the receiver is missed", func() bool { return r.State().LastError != "" })
			said, _ = receiver(t, port)
			r.Until("the close came", func() bool { return said.Has(root + ".0.3") })
			r.Delivered(2)
			for _, secret := range []string{"c0mmunity-s3cret", "auth-s3cret-1", "privacy-s3cret-1"} {
				if r.Log.Has(secret) {
					t.Error("a secret is told")
				}
			}
		})
	}
}
