package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/vedette-av/vedette/detectors"
)

// Feed returns a feed that sets nothing of its own, for a source outside the configuration.
func (c *Config) Feed(name, source string) Feed {
	return Feed{Name: name, Source: source, Placement: Auto, Detectors: maps.Clone(c.defaults)}
}

// feeds makes and checks the list of feeds.
func (t *tree) feeds(c *Config, doc document, kinds []detectors.Kind) ([]Feed, Problems) {
	var problems Problems
	bad := func(path, format string, args ...any) {
		problems = append(problems, t.at(path, fmt.Sprintf(format, args...)))
	}
	switch {
	case len(doc.Feeds) == 0 && t.file != "":
		bad("feeds", "there are none: add at least one, with a name and a source")
	case len(doc.Feeds) > mostFeeds:
		bad("feeds", "there are %d: at most %d are allowed", len(doc.Feeds), mostFeeds)
		return nil, problems
	}
	names, sources, ports := map[string]bool{}, map[string]string{}, map[string]string{}
	var feeds []Feed
	for i, d := range doc.Feeds {
		place := fmt.Sprintf("feeds[%d]", i)
		if !t.isGroup("feeds", i) {
			continue // told by its type
		}
		feed := c.Feed(d.Name, d.Source)
		feed.Pull, feed.KeyCredential, feed.Threads = d.Pull, d.KeyCredential, d.Threads
		feed.Placement = cmp.Or(Placement(d.Placement), Auto)
		if err := ValidName(d.Name); err != nil {
			bad(join(place, "name"), "%s", err)
		} else if names[d.Name] {
			bad(join(place, "name"), "another feed is called %s too: give each its own name", d.Name)
		}
		names[d.Name] = true
		if places := []string{string(Auto), string(GPU), string(CPU)}; !slices.Contains(places, string(feed.Placement)) {
			bad(join(place, "placement"), "%s", unknown(fmt.Sprintf("placement %q", shorten(d.Placement)), d.Placement, places))
		}
		if d.Threads < 0 || d.Threads > 64 {
			bad(join(place, "threads"), "%d is not from 0 to 64; 0 leaves it to the worker", d.Threads)
		}
		if where, err := checkSource(feed, c.TLS); err != nil {
			bad(join(place, "source"), "%s", err)
		} else {
			if other, taken := sources[where.identity]; taken {
				bad(join(place, "source"), "feed %s has the same source: a source belongs to one feed", other)
			}
			sources[where.identity] = d.Name
			if scheme, taken := ports[where.listens]; taken && where.listens != "" && scheme != where.scheme {
				bad(join(place, "source"), "another feed listens with %s on port %s: give one of them another port", scheme, where.listens)
			}
			ports[where.listens] = where.scheme
		}
		own, wrong := t.detectors(join(place, "detectors"), c.defaults, d.Detectors, kinds)
		feed.Detectors, problems = own, append(problems, wrong...)
		feeds = append(feeds, feed)
	}
	return feeds, problems
}

// place is where a source is, for comparison with others.
type place struct {
	identity string // the same for two spellings of one source
	scheme   string
	listens  string // the port it listens on, "" where it does not
}

// checkSource checks the URL of a feed against the table of schemes.
func checkSource(feed Feed, tls TLS) (place, error) {
	var none place
	if feed.Source == "" {
		return none, errors.New("is missing: every feed needs a source, such as rtmp://:1935/live/KEY")
	}
	u, err := url.Parse(feed.Source)
	if err != nil { // the error of url.Parse quotes the source, which may hold a secret
		return none, errors.New("is not a URL: write it like rtmp://host:1935/app/KEY")
	}
	var names []string
	for _, scheme := range Schemes {
		names = append(names, scheme.Name)
	}
	index := slices.Index(names, u.Scheme)
	if index < 0 {
		if u.Scheme == "" {
			return none, errors.New("has no scheme: begin it with " + list(names) + "://")
		}
		return none, errors.New(unknown("scheme "+shorten(u.Scheme), u.Scheme, names))
	}
	scheme := Schemes[index]
	feed.Pull = feed.Pull || !scheme.Listen || scheme.Calls != nil && scheme.Calls(u)
	if err := checkWay(feed, u, scheme, tls); err != nil {
		return none, err
	}
	port := cmp.Or(u.Port(), scheme.Port)
	where := place{scheme: scheme.Name}
	if !feed.Pull {
		where.listens = port
	}
	where.identity = fmt.Sprint(scheme.Name, feed.Pull, "//", strings.ToLower(u.Hostname()), ":", port,
		path.Clean(u.Path), "?", u.RawQuery, "#", u.Fragment, "#", feed.KeyCredential)
	if !feed.Pull { // publishers are told apart by app and key, whatever the address
		where.identity = fmt.Sprint(scheme.Name, ":", port, path.Clean(u.Path), "#")
		if scheme.Keyed {
			where.identity += feed.KeyCredential
		}
		if scheme.Place != nil {
			where.identity, where.listens = scheme.Place(u)
		}
	}
	return where, nil
}

// checkWay checks that a source can be listened on or fetched, and names its stream.
func checkWay(feed Feed, u *url.URL, scheme Scheme, tls TLS) error {
	host := u.Hostname()
	if scheme.File {
		return scheme.Check(u)
	}
	if u.User != nil && u.User.String() != "" { // udp://@group:port names nobody
		if scheme.Login {
			return errors.New("has a user or a password, which would not stay secret: leave it out and put user:password into key_credential")
		}
		return errors.New("has a user or a password, which would not stay secret: leave it out and put the stream key, with its query, into key_credential")
	}
	if u.Port() != "" {
		if err := address(u.Host); err != nil || u.Port() == "0" {
			return errors.New("has no usable port: it is from 1 to 65535")
		}
	}
	switch {
	case feed.Pull && !scheme.Pull:
		return fmt.Errorf("%s cannot be fetched: leave out pull", scheme.Name)
	case feed.Pull && host == "":
		return errors.New("has no host to fetch from: write it, or leave out pull to wait for a publisher")
	case !feed.Pull && host != "" && host != "localhost" && net.ParseIP(host) == nil:
		return fmt.Errorf("%s is not an address of this machine: add pull: true to fetch from there, or leave out the host to wait for a publisher", shorten(host))
	case !feed.Pull && scheme.TLS && tls.Certificate == "":
		return fmt.Errorf("waiting for %s publishers needs a certificate: add the tls section", scheme.Name)
	}
	if scheme.Check != nil {
		if err := scheme.Check(u); err != nil {
			return err
		}
	}
	if !scheme.Keyed {
		return nil
	}
	app, key, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	switch {
	case app == "":
		return errors.New("has no application: write it like rtmp://:1935/live/KEY")
	case feed.KeyCredential == "" && key == "":
		return errors.New("has no stream key: add /KEY, or key_credential to keep it out of this file")
	case feed.KeyCredential != "" && key != "":
		return errors.New("has a path after the application, and key_credential is set: end it at the application")
	}
	return nil
}
