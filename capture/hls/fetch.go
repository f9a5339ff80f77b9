package hls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxRedirects bounds how often one request is sent on.
const maxRedirects = 5

// fetcher fetches playlists and segments within the limits.
type fetcher struct {
	client *http.Client
	opt    Options
	host   string // that may hear the password
}

// status is an answer other than the one that was asked for.
type status int

func (s status) Error() string {
	switch int(s) {
	case http.StatusNotFound, http.StatusGone:
		return fmt.Sprintf("the server has it not (%d)", int(s))
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("the server refuses it to us (%d): it may want user:password in key_credential, or a token in the URL", int(s))
	}
	return fmt.Sprintf("the server answers %d %s", int(s), http.StatusText(int(s)))
}

func newFetcher(host string, opt Options) *fetcher {
	g := &guard{}
	dialer := &net.Dialer{Timeout: opt.Opening, Control: g.control}
	return &fetcher{
		opt: opt, host: host,
		client: &http.Client{
			Transport: &http.Transport{
				DialContext: dialer.DialContext, TLSClientConfig: opt.TLS.Clone(), ForceAttemptHTTP2: true,
				TLSHandshakeTimeout: opt.Opening, ResponseHeaderTimeout: opt.Opening,
				MaxIdleConnsPerHost: 2, MaxConnsPerHost: 4, IdleConnTimeout: time.Minute,
				MaxResponseHeaderBytes: 64 << 10,
			},
			CheckRedirect: func(r *http.Request, via []*http.Request) error {
				if len(via) > maxRedirects {
					return errors.New("the server redirects without end")
				}
				return web(r.URL)
			},
		},
	}
}

func (f *fetcher) close() { f.client.CloseIdleConnections() }

// web allows the schemes that lead to the network and to nowhere else.
func web(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return refusal(fmt.Sprintf("the server leads to a %s: URL, which is refused: HLS is of http and https", clip(u.Scheme)))
	}
	return nil
}

// get fetches what is at a URL, of at most so many bytes, within so much time. It returns where it
// was found in the end, which is what its own references are relative to.
func (f *fetcher) get(ctx context.Context, u *url.URL, r resource, most int64, within time.Duration) ([]byte, *url.URL, error) {
	if err := web(u); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no full answer within %v", within.Round(time.Millisecond)))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("User-Agent", "vedette")
	if f.opt.User != "" && u.Host == f.host {
		request.SetBasicAuth(f.opt.User, f.opt.Password)
	}
	if r.length >= 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", r.start, r.start+r.length-1))
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, nil, f.plainly(ctx, err)
	}
	defer response.Body.Close()
	ranged := r.length >= 0 && response.StatusCode == http.StatusPartialContent
	if response.StatusCode != http.StatusOK && !ranged {
		return nil, nil, status(response.StatusCode)
	}
	if r.length >= 0 && !ranged {
		return nil, nil, errors.New("the server does not answer with the byte range that the playlist names")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	switch {
	case err != nil:
		return nil, nil, f.plainly(ctx, err)
	case int64(len(body)) > most:
		return nil, nil, fmt.Errorf("the server answers with more than %d MiB, which nothing of HLS has", most>>20)
	}
	return body, response.Request.URL, nil
}

// plainly takes the method and the URL, which may hold a token, out of an error.
func (f *fetcher) plainly(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return fmt.Errorf("no full answer within %v", f.opt.Opening)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// resolve returns the URL of a reference in a playlist.
func resolve(base *url.URL, reference string) (*url.URL, error) {
	u, err := base.Parse(reference)
	if err != nil {
		return nil, errors.New("the playlist has a reference that is no URL")
	}
	return u, nil
}
