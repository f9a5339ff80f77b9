package webrtc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxRedirects = 4
	// leaving bounds the farewell to a server that may be gone.
	leaving = 2 * time.Second
)

var errRedirect = errors.New("redirected to where it is not followed")

// newClient makes the client of a Pull. Redirects are followed where they lead no further down: from
// https to https alone.
func newClient(opt Options) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = opt.TLS.Clone()
	return &http.Client{
		Transport: transport, Timeout: opt.Opening,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return fmt.Errorf("%w: more than %d times in a row", errRedirect, maxRedirects)
			case r.URL.Scheme != "https" && r.URL.Scheme != via[0].URL.Scheme:
				return fmt.Errorf("%w: to %s", errRedirect, clip(r.URL.Scheme))
			case r.Method != http.MethodPost && via[0].Method == http.MethodPost:
				return fmt.Errorf("%w: by a status that turns POST into GET; WHEP servers use 307 or 308", errRedirect)
			}
			return nil
		},
	}
}

// post sends the offer and returns the URL of the session and the answer. A session may be there
// even with an error.
func (p *Pull) post(ctx context.Context, offer string) (session, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.target, strings.NewReader(offer))
	if err != nil {
		return "", "", errors.New("the WHEP URL cannot be read")
	}
	r.Header.Set("Content-Type", typeSDP)
	r.Header.Set("Accept", typeSDP)
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.client.Do(r)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL, whose path may be a secret
		}
		return "", "", fmt.Errorf("post the offer: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return "", "", fmt.Errorf("read the answer: %w", err)
	}
	p.servers = iceServers(response.Header)
	if location, err := response.Location(); err == nil && response.StatusCode == http.StatusCreated {
		session = location.String()
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return session, "", fmt.Errorf("the server refuses us (%s): check key_credential", response.Status)
	case response.StatusCode == http.StatusNotFound:
		return session, "", fmt.Errorf("the server has no such stream at present (%s)", response.Status)
	case response.StatusCode != http.StatusCreated && response.StatusCode != http.StatusOK:
		return session, "", fmt.Errorf("the server answers %s: %s", response.Status, clip(string(body)))
	case kind != typeSDP:
		return session, "", fmt.Errorf("the server answers with %q and not with SDP: is the URL that of a WHEP endpoint?", clip(kind))
	case len(body) > maxBody:
		return session, "", fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	return session, string(body), nil
}

// hangUp tells the server that we leave.
func (p *Pull) hangUp(session string) {
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, session, nil)
	if err != nil {
		return
	}
	if target, err := url.Parse(p.target); err == nil && p.token != "" && target.Host == r.URL.Host && target.Scheme == r.URL.Scheme {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if response, err := p.client.Do(r); err == nil {
		_ = response.Body.Close()
	}
}
