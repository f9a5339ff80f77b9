package web_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/web"
)

const token, hmacKey, login = "t0ken-s3cret", "hm4c-s3cret", "user:pr0xy-s3cret"

func secrets(name string) (string, error) {
	for _, known := range []struct{ name, secret string }{{"token", token}, {"hmac", hmacKey}, {"login", login}} {
		if known.name == name {
			return known.secret, nil
		}
	}
	return "", fmt.Errorf("credential %s: systemd provided no such one", name)
}

func server(t *testing.T, a *forwardtest.Authority, handler http.Handler, valid time.Duration, client bool) *httptest.Server {
	t.Helper()
	certificate, key := a.Issue("server", valid)
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	if client {
		pool := x509.NewCertPool()
		pool.AddCert(a.Certificate)
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, pool
	}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, c config.Web) (forward.Receipt, error) {
	t.Helper()
	client, err := web.New(c, secrets, "1")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	receipt, err := client.Post(ctx, c.URL, "application/json", []byte(`{"a":1}`))
	if err != nil {
		for _, secret := range []string{token, hmacKey, login, "pr0xy-s3cret", "dXNlcjpwcjB4eS1zM2NyZXQ="} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret is told: %v", err)
			}
		}
	}
	return receipt, err
}

// TestHostileReceivers holds the client against everything that a receiver may do.
func TestHostileReceivers(t *testing.T) {
	answer := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		refused bool
		after   time.Duration
		want    string // of the error; "" where it is taken
	}{
		{"200", answer(200), false, 0, ""},
		{"202", answer(202), false, 0, ""},
		{"204", answer(204), false, 0, ""},
		{"400", answer(400), true, 0, "answered 400 Bad Request"},
		{"413", answer(413), true, 0, "413"},
		{"401", answer(401), false, 0, "look at token_credential"},
		{"404", answer(404), false, 0, "look at url"},
		{"429 with seconds", answer(429, "Retry-After", "120"), false, 2 * time.Minute, "429 Too Many Requests"},
		{"503 with a date", answer(503, "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)), false, time.Hour, "503"},
		{"429 with nonsense", answer(429, "Retry-After", "-1"), false, 0, "429"},
		{"500", answer(500), false, 0, "500"},
		{"a redirect", answer(307, "Location", "http://127.0.0.1:1/"), false, 0, "not followed to another place"},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the client went away
			<-r.Context().Done()
		}, false, 0, "no answer in time"},
		{"closes at once", raw(""), false, 0, "EOF"},
		{"closes half-way", raw("HTTP/1.1 200 O"), false, 0, "unexpected EOF"},
		{"lies about its length", raw("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nshort"), false, 0, ""},
		{"speaks another protocol", raw("SSH-2.0-OpenSSH\r\n"), false, 0, "malformed"},
		{"endless headers", raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 200)), false, 0, "headers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			_, err := post(t, config.Web{URL: server.URL, TokenCredential: "token", SignatureCredential: "hmac"})
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got := forward.IsRefused(err); got != c.refused {
				t.Errorf("refused: %v", got)
			}
			if got := forward.RetryAfter(err); (got - c.after).Abs() > 2*time.Second {
				t.Errorf("to be sent again after %s, want %s", got, c.after)
			}
		})
	}
}

// TestTrust holds the client against receivers with wrong certificates, and gives its own.
func TestTrust(t *testing.T) {
	a, stranger := forwardtest.NewAuthority(t), forwardtest.NewAuthority(t)
	certificate, key := a.Issue("client", time.Hour)
	var header http.Header
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		header.Set("Client", "")
		if len(r.TLS.PeerCertificates) > 0 {
			header.Set("Client", r.TLS.PeerCertificates[0].Subject.CommonName)
		}
	})
	good, expired, mutual := server(t, a, handler, time.Hour, false), server(t, a, handler, -time.Minute, false), server(t, a, handler, time.Hour, true)
	own := config.Trust{CA: a.File, Certificate: certificate, Key: key}
	// In TLS 1.3 the server's word on our certificate comes after the handshake: the connection may be
	// used, and found gone, before it is read.
	const refused = "certificate required|connection|conn could not be established|reset|broken pipe"
	for _, c := range []struct {
		name, url string
		trust     config.Trust
		want      string
	}{
		{"trusted", good.URL, config.Trust{CA: a.File}, ""},
		{"of a stranger", good.URL, config.Trust{CA: stranger.File}, "unknown authority"},
		{"not trusted by the system", good.URL, config.Trust{}, "unknown authority"},
		{"expired", expired.URL, config.Trust{CA: a.File}, "expired"},
		{"wants ours", mutual.URL, own, ""},
		{"wants ours and gets none", mutual.URL, config.Trust{CA: a.File}, refused},
		{"another host", strings.Replace(good.URL, "127.0.0.1", "localhost", 1), config.Trust{CA: a.File}, "not valid for any names"},
	} {
		header = nil
		receipt, err := post(t, config.Web{URL: c.url, Trust: c.trust, TokenCredential: "token", SignatureCredential: "hmac"})
		if c.want != "" {
			if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) || header != nil {
				t.Errorf("%s: got %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if header.Get("Authorization") != "Bearer "+token || header.Get(forward.SignatureHeader) != receipt.Signature ||
			forward.CheckSignature(receipt.Signature, hmacKey, []byte(`{"a":1}`), time.Now()) != nil {
			t.Errorf("%s: header %v", c.name, header)
		}
		if c.trust.Certificate != "" && header.Get("Client") != "client" {
			t.Errorf("%s: our certificate is %q", c.name, header.Get("Client"))
		}
	}
}

// TestProxy goes through a proxy that asks for a login.
func TestProxy(t *testing.T) {
	var seen string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.URL.String()
		if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwcjB4eS1zM2NyZXQ=" {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}
	}))
	defer proxy.Close()
	c := config.Web{URL: "http://receiver.test/x", Proxy: proxy.URL, ProxyCredential: "login"}
	if _, err := post(t, c); err != nil || seen != "http://receiver.test/x" {
		t.Errorf("%s, %v", seen, err)
	}
	c.ProxyCredential = ""
	if _, err := post(t, c); err == nil || !strings.Contains(err.Error(), "407") {
		t.Errorf("got %v", err)
	}
	proxy.Close()
	c.ProxyCredential = "login"
	if _, err := post(t, c); err == nil {
		t.Error("the proxy is gone, and nothing is wrong")
	}
}

// TestMissing tells at the start what is not there.
func TestMissing(t *testing.T) {
	for name, c := range map[string]config.Web{
		"credential none":      {URL: "https://x", TokenCredential: "none"},
		"no such file":         {URL: "https://x", Trust: config.Trust{CA: "/none.pem"}},
		"read the certificate": {URL: "https://x", Trust: config.Trust{Certificate: "/none.pem", Key: "/none.key"}},
	} {
		if _, err := web.New(c, secrets, "1"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	if _, err := secrets("none"); errors.Is(err, nil) {
		t.Error("the test is wrong")
	}
}
