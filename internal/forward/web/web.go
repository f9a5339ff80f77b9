// Package web posts to receivers that speak HTTP, and knows what their answers mean. It is shared
// by the sinks that do.
package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
)

// longestAnswer is how much of an answer is read.
const longestAnswer = 64 << 10

// Client posts to one receiver.
type Client struct {
	settings config.Web
	secret   Secrets
	http     *http.Client
	agent    string
}

// Secrets reads a credential by its name.
type Secrets func(name string) (string, error)

// New makes the client of a receiver. Every credential is read once, so that one that is missing is
// told at the start; they are read again when they are used, so that they can be renewed.
func New(settings config.Web, secret Secrets, version string) (*Client, error) {
	trust, err := TLS(settings.Trust)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{settings.URLCredential, settings.TokenCredential, settings.SignatureCredential, settings.ProxyCredential} {
		if name == "" {
			continue
		}
		if _, err := secret(name); err != nil {
			return nil, err
		}
	}
	c := &Client{settings: settings, secret: secret, agent: "vedette/" + version}
	c.http = &http.Client{
		Transport: &http.Transport{
			Proxy: c.proxy, TLSClientConfig: trust, ForceAttemptHTTP2: true,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second,
			MaxResponseHeaderBytes: longestAnswer,
		},
		// What is meant for one place must not go to another that it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// proxy is the one that is set, or what the environment says.
func (c *Client) proxy(r *http.Request) (*url.URL, error) {
	if c.settings.Proxy == "" {
		return http.ProxyFromEnvironment(r)
	}
	u, err := url.Parse(c.settings.Proxy)
	if err != nil || c.settings.ProxyCredential == "" {
		return u, err
	}
	login, err := c.secret(c.settings.ProxyCredential)
	if err != nil {
		return nil, err
	}
	user, password, _ := strings.Cut(login, ":")
	u.User = url.UserPassword(user, password)
	return u, nil
}

// Target is where the receiver is.
func (c *Client) Target() (string, error) {
	if c.settings.URLCredential == "" {
		return c.settings.URL, nil
	}
	return c.secret(c.settings.URLCredential)
}

// Post sends a body and returns its signature when the receiver has taken it.
func (c *Client) Post(ctx context.Context, target, media string, body []byte) (forward.Receipt, error) {
	var receipt forward.Receipt
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil { // it may quote the URL, which may be secret
		return receipt, errors.New("the URL of the receiver is not usable")
	}
	request.Header.Set("Content-Type", media)
	request.Header.Set("User-Agent", c.agent)
	if c.settings.TokenCredential != "" {
		token, err := c.secret(c.settings.TokenCredential)
		if err != nil {
			return receipt, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if c.settings.SignatureCredential != "" {
		key, err := c.secret(c.settings.SignatureCredential)
		if err != nil {
			return receipt, err
		}
		receipt.Signature = forward.Sign(key, body, time.Now())
		request.Header.Set(forward.SignatureHeader, receipt.Signature)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return receipt, c.Unsaid(err, request.URL.Host)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, longestAnswer) // so that the connection can be used again
	return receipt, Judge(response, time.Now())
}

// Do sends a request that another protocol over HTTP has made. Only so much of the answer is read.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, longestAnswer), response.Body}
	return response, nil
}

// Unsaid is an error without the URL, of which more than the host may be secret.
func (c *Client) Unsaid(err error, host string) error {
	var quoted *url.Error
	if errors.As(err, &quoted) {
		if quoted.Timeout() {
			return fmt.Errorf("%s: no answer in time", host)
		}
		err = quoted.Err
	}
	text := err.Error()
	for _, name := range []string{c.settings.ProxyCredential, c.settings.URLCredential, c.settings.TokenCredential} {
		if secret, failed := c.secret(name); name != "" && failed == nil {
			text = strings.ReplaceAll(text, secret, "***")
			text = strings.ReplaceAll(text, base64.StdEncoding.EncodeToString([]byte(secret)), "***")
		}
	}
	return fmt.Errorf("%s: %s", host, text)
}

// Judge says what an answer means: taken, to be sent again, or refused for good. What may be mended
// at either end (a token that has run out, a wrong path) is sent again.
func Judge(r *http.Response, now time.Time) error {
	code := r.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	err := fmt.Errorf("the receiver answered %d %s", code, http.StatusText(code))
	switch code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return forward.Refused(err)
	case http.StatusUnauthorized, http.StatusForbidden:
		err = fmt.Errorf("%w: look at token_credential, signature_credential or the certificate", err)
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		err = fmt.Errorf("%w: look at url", err)
	}
	if code >= 300 && code < 400 {
		err = fmt.Errorf("%w: it is not followed to another place: set url to it", err)
	}
	if wait := retryAfter(r.Header.Get("Retry-After"), now); wait > 0 {
		return forward.Later(err, wait)
	}
	return err
}

// retryAfter reads a number of seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return date.Sub(now)
	}
	return 0
}

// Close ends the connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// TLS is how the receiver is trusted, and how it knows us. Certificates are read again at each
// handshake, so that they can be renewed.
func TLS(t config.Trust) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pool, err := authorities(t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if t.Certificate != "" {
		own := config.TLS{Certificate: t.Certificate, Key: t.Key, KeyCredential: t.KeyCredential}
		if _, err := own.Load(); err != nil {
			return nil, err
		}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := own.Load()
			return &pair, err
		}
	}
	return c, nil
}
