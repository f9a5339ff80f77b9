package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Leaf is a NATS cluster that fetches what is sent from an outbox here: a server embedded in the
// daemon keeps the outbox and is a leaf node of the cluster.
type Leaf struct {
	URL                string // several with commas
	Domain             string // of JetStream: what the cluster calls this place
	User               string
	PasswordCredential string
	CredsCredential    string
	MaxSize            Size
	MaxAge             time.Duration
	Directory          string // of the outbox
	Trust
}

// leafDocument is bus.leaf as it is written.
type leafDocument struct {
	URL                string `mapstructure:"url"`
	Domain             string `mapstructure:"domain"`
	User               string `mapstructure:"user"`
	PasswordCredential string `mapstructure:"password_credential"`
	CredsCredential    string `mapstructure:"creds_credential"`
	MaxSize            Size   `mapstructure:"max_size"`
	CA                 string `mapstructure:"ca"`
	Certificate        string `mapstructure:"certificate"`
	Key                string `mapstructure:"key"`
	KeyCredential      string `mapstructure:"key_credential"`
}

// leafName is the name of the sink that a leaf node is.
const leafName = "leaf"

// smallestOutbox holds some thousand messages.
const smallestOutbox = 16 * MiB

var (
	domain     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)
	noOfDomain = regexp.MustCompile(`[^A-Za-z0-9_-]+`)
)

// leaf makes the sink of bus.leaf; false where there is none.
func (t *tree) leaf(doc document, c *Config) (Sink, Problems, bool) {
	d := doc.Bus.Leaf
	var problems Problems
	if doc.Bus.Servers != nil {
		problems = append(problems, t.at("bus.servers", "an external cluster cannot be the store of incidents, which are on this disk before anybody is told: "+
			"set bus.leaf to have the cluster fetch a copy, or forward to a sink of type nats"))
	}
	if d == (leafDocument{MaxSize: DefaultOutbox}) {
		return Sink{}, problems, false
	}
	l := &Leaf{
		URL: d.URL, User: d.User, PasswordCredential: d.PasswordCredential, CredsCredential: d.CredsCredential, MaxSize: d.MaxSize, MaxAge: c.Bus.MaxAge,
		Domain:    cmp.Or(d.Domain, strings.Trim(noOfDomain.ReplaceAllString(c.Site, "_"), "_")),
		Directory: filepath.Join(c.StateDirectory, "leaf"),
		Trust:     Trust{CA: d.CA, Certificate: d.Certificate, Key: d.Key, KeyCredential: d.KeyCredential},
	}
	for _, wrong := range l.check() {
		problems = append(problems, t.at("bus.leaf."+wrong.key, wrong.text))
	}
	if slices.ContainsFunc(c.Forward, func(s Sink) bool { return s.Name == leafName }) {
		problems = append(problems, t.at("bus.leaf", "is a sink called leaf, as one of forward is: give that another name"))
	}
	return Sink{Name: leafName, Type: leafName, Digests: true, Heartbeat: defaultHeartbeat, Settings: l}, problems, true
}

func (c *Leaf) check() []complaint {
	all := c.Trust.check()
	for each := range strings.SplitSeq(c.URL, ",") {
		all = append(all, reachable(strings.TrimSpace(each), "url", "nats", "tls")...)
	}
	if !domain.MatchString(c.Domain) {
		all = append(all, complaint{"domain", fmt.Sprintf("%q cannot be a domain: it has up to 32 letters, digits, - and _", shorten(c.Domain))})
	}
	if (c.User == "") != (c.PasswordCredential == "") {
		all = append(all, complaint{"user", "and password_credential go together: set both or neither"})
	}
	if c.User != "" && c.CredsCredential != "" {
		all = append(all, complaint{"user", "and creds_credential are both set: keep one"})
	}
	if c.MaxSize < smallestOutbox {
		all = append(all, complaint{"max_size", fmt.Sprintf("%s is too little: give at least %s", c.MaxSize, smallestOutbox)})
	}
	return all
}
