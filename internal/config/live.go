package config

import (
	"fmt"
	"net/url"
	"slices"
)

// Live returns the feed for a URL that was named on the command line, where there is no pull: a
// scheme that can both wait and fetch fetches from a host, and waits where the URL names none.
func (c *Config) Live(name, source string) (Feed, error) {
	feed := c.Feed(name, source)
	if u, err := url.Parse(source); err == nil {
		both := func(s Scheme) bool { return s.Name == u.Scheme && s.Listen && s.Pull }
		feed.Pull = u.Hostname() != "" && slices.ContainsFunc(Schemes, both)
	}
	if _, err := checkSource(feed, c.TLS); err != nil {
		return Feed{}, fmt.Errorf("the URL %w", err)
	}
	return feed, nil
}
