package webrtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

// selfSigned makes a certificate for 127.0.0.1 and the pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// A publisher to whom UDP is closed sends its media to the port of HTTP, or of HTTPS: what speaks
// there is told by its first byte.
func TestOverTCP(t *testing.T) {
	certificate, pool := selfSigned(t)
	s := serve(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	f, got := run(t, s, "studio", "", Settings{})
	p := prepare(t, func(e *webrtc.SettingEngine) {
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
		e.DisableActiveTCP(false)
	}, vp8)

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	r, err := client.Post("https://"+s.Addr().String()+"/studio", typeSDP, strings.NewReader(p.offer(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	p.take(t, r)
	select {
	case <-p.up:
	case <-time.After(lasting):
		t.Fatal("the publisher does not connect over TCP")
	}
	p.send(t, 0, 0, 0, true, vp8Key)
	got.wait(t, "a picture", func(p []capture.Packet) bool { return len(p) == 1 })
	until(t, "known as TCP", func() bool { return strings.HasPrefix(f.Facts().Peer, "tcp 127.0.0.1:") })

	if r, err := http.Get("http://" + s.Addr().String() + "/studio"); err == nil {
		defer r.Body.Close()
		if r.StatusCode != http.StatusBadRequest {
			t.Errorf("plain HTTP on the port of HTTPS: %s", r.Status)
		}
	}
}
