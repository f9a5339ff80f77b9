package email_test

import (
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/email"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
)

const password = "m4il-s3cret"

// server is aiosmtpd: it wants STARTTLS and a login, and puts each mail into a file.
const server = `
import asyncio, os, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
port, cert, key, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
class Keep:
    count = 0
    async def handle_DATA(self, server, session, envelope):
        if b"poison" in envelope.content:
            return "554 no poison here"
        Keep.count += 1
        with open(os.path.join(folder, "%03d.tmp" % Keep.count), "wb") as f:
            f.write(("To-Envelope: %s\r\n" % ",".join(envelope.rcpt_tos)).encode() + envelope.original_content)
        os.rename(os.path.join(folder, "%03d.tmp" % Keep.count), os.path.join(folder, "%03d.eml" % Keep.count))
        return "250 kept"
def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"vedette" and data.password == b"m4il-s3cret", handled=False)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
controller = Controller(Keep(), hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, auth_required=True, authenticator=login)
controller.start()
asyncio.new_event_loop().run_forever()
`

func start(t *testing.T, a *forwardtest.Authority, port, folder string) (stop func()) {
	t.Helper()
	if _, err := os.Stat("/usr/lib/python3/dist-packages/aiosmtpd"); err != nil {
		t.Skip("python3-aiosmtpd is not installed")
	}
	certificate, key := a.Issue("server", time.Hour)
	_, stop = forwardtest.Peer(t, "/usr/bin/python3", "-c", server, port, certificate, key, folder)
	forwardtest.Listens(t, port)
	return stop
}

func mails(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func open(t *testing.T, a *forwardtest.Authority, port, secret string) *email.Sink {
	t.Helper()
	s, err := email.New(&config.Email{Server: "127.0.0.1:" + port, Security: "starttls", User: "vedette", PasswordCredential: "p",
		From: "Vedette <vedette@example.net>", To: []string{"noc@example.net", "Night Shift <night@example.net>"}, Trust: config.Trust{CA: a.File}},
		forwardtest.Secrets(map[string]string{"p": secret}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSMTP sends digests of incidents to a real server over STARTTLS, across a restart of it.
func TestSMTP(t *testing.T) {
	a, port, folder := forwardtest.NewAuthority(t), forwardtest.Port(t), t.TempDir()
	stop := start(t, a, port, folder)
	r := forwardtest.Start(t, open(t, a, port, password), forward.Policy{Group: 300 * time.Millisecond})
	var both []detectors.Change
	for n := range 3 {
		both = append(both, forwardtest.Change(detectors.Opened, forwardtest.Incident(fmt.Sprint("feed-", n), "no-signal", 1)))
	}
	r.Publish(append(both, forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "black", 1)))...)
	r.Until("a mail came", func() bool { return len(mails(t, folder)) == 1 })
	stop()
	r.Publish(forwardtest.Change(detectors.Closed, forwardtest.Incident("main", "black", 1)))
	r.Until("the server is missed", func() bool { return r.State().LastError != "" })
	start(t, a, port, t.TempDir())
	r.Delivered(3)
	text, err := os.ReadFile(mails(t, folder)[0])
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if want := "[studio-4] 3 feeds: no-signal critical opened: feed-0, feed-1, feed-2 (and 1 more)"; err != nil || subject != want {
		t.Errorf("subject %q", subject)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || !strings.Contains(string(body), `feed-1 no-signal since 2026-03-01T12:01:00Z: no change for "3.0 s" ]\ äß`) || !strings.Contains(string(body), "main: black critical opened") {
		t.Errorf("body %s, %v", body, err)
	}
	if m.Header.Get("To-Envelope") != "noc@example.net,night@example.net" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") == "" {
		t.Errorf("header %v", m.Header)
	}
}

// TestRefused has a mail that the server does not take, and a password that it does not: the first
// is put aside, the second waits, and neither tells the password.
func TestRefused(t *testing.T) {
	a, port := forwardtest.NewAuthority(t), forwardtest.Port(t)
	start(t, a, port, t.TempDir())
	r := forwardtest.Start(t, open(t, a, port, password), forward.Policy{})
	i := forwardtest.Incident("main", "black", 1)
	i.Detail = "poison"
	r.Publish(forwardtest.Change(detectors.Opened, i))
	r.Until("it is put aside", func() bool { return r.State().Dead == 1 })
	if s := r.State(); !strings.Contains(s.LastError, "554 no poison here") {
		t.Errorf("last error %q", s.LastError)
	}
	w := forwardtest.Start(t, open(t, a, port, "wr0ng-s3cret"), forward.Policy{})
	w.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "black", 2)))
	w.Until("the login fails", func() bool { return strings.Contains(w.State().LastError, "refuses the user or the password: 535") })
	if w.Log.Has("wr0ng-s3cret") || r.Log.Has(password) || w.State().Dead != 0 {
		t.Error("a password is told, or a message was put aside")
	}
}
