package srt

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/capture/mpegts"
)

// Address is what the URL of a feed over SRT says.
type Address struct {
	Caller     bool   // we call; otherwise we listen
	Host       string // to call, or the own address to listen on
	Port       string
	StreamID   string
	Passphrase string        // 10 to 79 characters; "" for a connection that is not encrypted
	KeyLength  int           // bytes of the AES key, where we call: 16, 24 or 32
	Latency    time.Duration // where we call; the larger of both sides holds
	Programme  uint16        // of the transport stream; 0 for the first
}

// The limits of the protocol.
const (
	leastPassphrase, mostPassphrase = 10, 79
	mostStreamID                    = 512
	leastLatency, mostLatency       = 20 * time.Millisecond, 60 * time.Second
	usualLatency                    = 120 * time.Millisecond
)

// query lists what may follow the question mark.
var query = []string{"mode", "streamid", "passphrase", "pbkeylen", "latency", "programme", "program", "transtype"}

// ParseAddress reads srt://:9000?streamid=main and srt://host:9000?mode=caller&latency=200ms. What it
// complains about it names without the passphrase and the stream id, which may be secret.
func ParseAddress(u *url.URL) (Address, error) {
	a := Address{Host: u.Hostname(), Port: u.Port(), KeyLength: 16, Latency: usualLatency}
	if port, err := strconv.ParseUint(a.Port, 10, 16); err != nil || port == 0 {
		return a, errors.New("has no usable port: write it like srt://:9000 or srt://host:9000?mode=caller")
	}
	if strings.Trim(u.Path, "/") != "" {
		return a, errors.New("has a path: SRT knows none; write ?streamid=NAME instead")
	}
	// A stream id may hold what a query separates by; semicolons would be refused otherwise.
	values, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "%3B"))
	if err != nil {
		return a, errors.New("has settings that cannot be read: write them like ?streamid=main&latency=200ms, with # as %23 and + as %2B")
	}
	for name, all := range values {
		switch {
		case !slices.Contains(query, name):
			return a, fmt.Errorf("has the setting %q, which is not known: mode, streamid, passphrase, pbkeylen, latency and programme are", clip(name))
		case len(all) != 1 || all[0] == "":
			return a, fmt.Errorf("has the setting %s without a value, or twice", name)
		}
	}
	return a, a.settings(values)
}

func (a *Address) settings(values url.Values) error {
	switch mode := values.Get("mode"); mode {
	case "caller":
		a.Caller = true
	case "", "listener":
	case "rendezvous":
		return errors.New("has mode=rendezvous, which is not supported: use caller or listener")
	default:
		return fmt.Errorf("has mode=%s: it is caller or listener", clip(mode))
	}
	switch {
	case values.Get("transtype") != "" && values.Get("transtype") != "live":
		return errors.New("has a transtype that is not live")
	case a.Caller && a.Host == "":
		return errors.New("has mode=caller and no host to call")
	case !a.Caller && a.Host != "" && a.Host != "localhost" && net.ParseIP(a.Host) == nil:
		return fmt.Errorf("listens, but %s is not an address of this machine: add mode=caller to call there, or leave out the host", clip(a.Host))
	case !a.Caller && (values.Has("latency") || values.Has("pbkeylen")):
		return errors.New("listens, and has latency or pbkeylen: those are set where the encoder calls from")
	}
	if a.StreamID = values.Get("streamid"); len(a.StreamID) > mostStreamID {
		return fmt.Errorf("has a streamid of %d bytes: at most %d are allowed", len(a.StreamID), mostStreamID)
	}
	if a.Passphrase = values.Get("passphrase"); a.Passphrase != "" {
		if err := CheckPassphrase(a.Passphrase); err != nil {
			return err
		}
	}
	if text := values.Get("pbkeylen"); text != "" {
		length, err := strconv.Atoi(text)
		if err != nil || !slices.Contains([]int{16, 24, 32}, length) {
			return errors.New("has a pbkeylen that is not 16, 24 or 32")
		}
		a.KeyLength = length
	}
	if err := a.latency(values.Get("latency")); err != nil {
		return err
	}
	var err error
	a.Programme, err = mpegts.Programme(values)
	return err
}

// latency takes a duration, or milliseconds as other programs write them.
func (a *Address) latency(text string) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if number, wrong := strconv.Atoi(text); wrong == nil {
		d, err = time.Duration(number)*time.Millisecond, nil
	}
	if err != nil || d < leastLatency || d > mostLatency {
		return fmt.Errorf("has latency=%s: it is from %v to %v, such as 200ms", clip(text), leastLatency, mostLatency)
	}
	a.Latency = d
	return nil
}

// CheckPassphrase tells why a passphrase cannot be one of SRT.
func CheckPassphrase(p string) error {
	if len(p) < leastPassphrase || len(p) > mostPassphrase {
		return fmt.Errorf("has a passphrase of %d characters: SRT wants %d to %d", len(p), leastPassphrase, mostPassphrase)
	}
	return nil
}

// Listens is host and port to listen on.
func (a Address) Listens() string { return net.JoinHostPort(a.Host, a.Port) }

// clip keeps what is quoted to a length fit for a line.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
