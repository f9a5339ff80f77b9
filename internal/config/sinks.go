package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Web is how a receiver that speaks HTTP is reached.
type Web struct {
	URL                 string `mapstructure:"url"`
	URLCredential       string `mapstructure:"url_credential"`       // holds the URL, where that is a secret
	TokenCredential     string `mapstructure:"token_credential"`     // sent as a bearer token
	SignatureCredential string `mapstructure:"signature_credential"` // the secret of the HMAC-SHA256 signature
	Proxy               string `mapstructure:"proxy"`                // as the environment says where empty
	ProxyCredential     string `mapstructure:"proxy_credential"`     // user:password
	Trust               `mapstructure:",squash"`
}

// Trust is how both ends of TLS know each other.
type Trust struct {
	CA            string `mapstructure:"ca"` // file of the authorities to trust, in PEM; those of the system where empty
	Certificate   string `mapstructure:"certificate"`
	Key           string `mapstructure:"key"`
	KeyCredential string `mapstructure:"key_credential"`
}

// CloudEvents is a receiver of CloudEvents 1.0 over HTTP.
type CloudEvents struct {
	Web  `mapstructure:",squash"`
	Mode string `mapstructure:"mode"` // "batched" or "structured"
}

// Webhook is a receiver of JSON of its own form.
type Webhook struct {
	Web              `mapstructure:",squash"`
	Preset           string `mapstructure:"preset"`            // "plain", "slack", "teams" or "pagerduty"
	Template         string `mapstructure:"template"`          // file, in place of a preset
	SecretCredential string `mapstructure:"secret_credential"` // what the template has at {{secret}}
}

// MQTT is a broker that speaks MQTT 5.
type MQTT struct {
	URL                string `mapstructure:"url"`
	User               string `mapstructure:"user"`
	PasswordCredential string `mapstructure:"password_credential"`
	ClientID           string `mapstructure:"client_id"`
	Topic              string `mapstructure:"topic"` // that all topics begin with
	Trust              `mapstructure:",squash"`
}

// NATS is a cluster with JetStream.
type NATS struct {
	URL                string `mapstructure:"url"` // several with commas
	Subject            string `mapstructure:"subject"`
	User               string `mapstructure:"user"`
	PasswordCredential string `mapstructure:"password_credential"`
	TokenCredential    string `mapstructure:"token_credential"`
	CredsCredential    string `mapstructure:"creds_credential"` // a .creds file
	Trust              `mapstructure:",squash"`
}

// OTLP is a receiver of OpenTelemetry metrics and logs over HTTP.
type OTLP struct {
	Web `mapstructure:",squash"`
}

// SNMP is a receiver of traps.
type SNMP struct {
	Address             string `mapstructure:"address"`
	Version             string `mapstructure:"version"` // "v2c" or "v3"
	Inform              bool   `mapstructure:"inform"`
	CommunityCredential string `mapstructure:"community_credential"`
	User                string `mapstructure:"user"`
	Auth                string `mapstructure:"auth"`
	AuthCredential      string `mapstructure:"auth_credential"`
	Privacy             string `mapstructure:"privacy"`
	PrivacyCredential   string `mapstructure:"privacy_credential"`
	EngineID            string `mapstructure:"engine_id"` // of this daemon, for v3 traps; hex
}

// Syslog is a receiver of RFC 5424.
type Syslog struct {
	URL      string `mapstructure:"url"` // tls://, tcp:// or udp://
	Facility string `mapstructure:"facility"`
	Trust    `mapstructure:",squash"`
}

// Email is a server that takes mail.
type Email struct {
	Server             string   `mapstructure:"server"` // host:port
	Security           string   `mapstructure:"security"`
	User               string   `mapstructure:"user"`
	PasswordCredential string   `mapstructure:"password_credential"`
	From               string   `mapstructure:"from"`
	To                 []string `mapstructure:"to"`
	Trust              `mapstructure:",squash"`
}

// sinkTypes is every kind of place that messages can be forwarded to: what can be set of it, with
// its defaults, and what it is given unless that is set.
var sinkTypes = []struct {
	name     string
	settings func() any
	// People read what comes in: no digests and no heartbeat.
	people bool
}{
	{"cloudevents", func() any { return &CloudEvents{Mode: "batched"} }, false},
	{"webhook", func() any { return &Webhook{Preset: "plain"} }, true},
	{"mqtt", func() any { return &MQTT{Topic: "vedette"} }, false},
	{"snmp", func() any { return &SNMP{Version: "v2c", Inform: true, Auth: "SHA256", Privacy: "AES"} }, true},
	{"syslog", func() any { return &Syslog{Facility: "local0"} }, true},
	{"otlp", func() any { return &OTLP{} }, false},
	{"nats", func() any { return &NATS{Subject: "vedette"} }, false},
	{"email", func() any { return &Email{Security: "starttls"} }, true},
	{"sqs", func() any { return &SQS{} }, false},
	{"sns", func() any { return &SNS{} }, true},
	{"eventbridge", func() any { return &EventBridge{EventBus: "default", Source: "vedette"} }, false},
}

// complaint is what is wrong with one key of a sink.
type complaint struct{ key, text string }

type checked interface{ check() []complaint }

func (w Web) check(schemes ...string) []complaint {
	all := w.Trust.check()
	switch {
	case w.URL == "" && w.URLCredential == "":
		all = append(all, complaint{"url", "is missing: say where the receiver is, or name the credential that holds it (url_credential)"})
	case w.URL != "" && w.URLCredential != "":
		all = append(all, complaint{"url", "and url_credential are both set: keep one"})
	case w.URL != "":
		all = append(all, reachable(w.URL, "url", append(schemes, "https", "http")...)...)
	}
	if w.Proxy != "" {
		all = append(all, reachable(w.Proxy, "proxy", "http", "https", "socks5")...)
	}
	return all
}

// reachable checks a URL that is no secret.
func reachable(text, key string, schemes ...string) []complaint {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return []complaint{{key, "is not a URL: write it like " + schemes[0] + "://host:port"}}
	case u.User != nil:
		return []complaint{{key, "has a user or a password, which would not stay secret: put it into a credential"}}
	}
	for _, s := range schemes {
		if s == u.Scheme {
			return nil
		}
	}
	return []complaint{{key, unknown("scheme "+shorten(u.Scheme), u.Scheme, schemes)}}
}

func (t Trust) check() []complaint {
	var all []complaint
	for _, file := range []struct{ key, path string }{{"ca", t.CA}, {"certificate", t.Certificate}, {"key", t.Key}} {
		if file.path != "" && !filepath.IsAbs(file.path) {
			all = append(all, complaint{file.key, fmt.Sprintf("%q is not an absolute path: begin it with /", shorten(file.path))})
		}
	}
	switch has := t.Key != "" || t.KeyCredential != ""; {
	case t.Key != "" && t.KeyCredential != "":
		all = append(all, complaint{"key", "and key_credential are both set: keep one"})
	case has && t.Certificate == "":
		all = append(all, complaint{"key", "is set without certificate: add it"})
	case !has && t.Certificate != "":
		all = append(all, complaint{"certificate", "is set without key: add key or key_credential"})
	}
	return all
}

func oneOf(key, value string, known ...string) []complaint {
	for _, k := range known {
		if k == value {
			return nil
		}
	}
	return []complaint{{key, unknown(fmt.Sprintf("%s %q", key, shorten(value)), value, known)}}
}

func (c *CloudEvents) check() []complaint {
	return append(c.Web.check(), oneOf("mode", c.Mode, "batched", "structured")...)
}

func (c *OTLP) check() []complaint { return c.Web.check() }

func (c *Webhook) check() []complaint {
	all := append(c.Web.check(), oneOf("preset", c.Preset, "plain", "slack", "teams", "pagerduty")...)
	if c.Template != "" && !filepath.IsAbs(c.Template) {
		all = append(all, complaint{"template", fmt.Sprintf("%q is not an absolute path: begin it with /", shorten(c.Template))})
	}
	if c.Preset == "pagerduty" && c.SecretCredential == "" && c.Template == "" {
		all = append(all, complaint{"secret_credential", "is missing: name the credential that holds the routing key"})
	}
	return all
}

func (c *MQTT) check() []complaint {
	all := append(c.Trust.check(), reachable(c.URL, "url", "mqtts", "mqtt")...)
	if strings.ContainsAny(c.Topic, "+#") || strings.HasPrefix(c.Topic, "/") || c.Topic == "" || strings.HasPrefix(c.Topic, "$") {
		all = append(all, complaint{"topic", fmt.Sprintf("%q cannot be what topics begin with: it has no + and #, and begins with neither / nor $", shorten(c.Topic))})
	}
	return all
}

func (c *NATS) check() []complaint {
	all := c.Trust.check()
	for each := range strings.SplitSeq(c.URL, ",") {
		all = append(all, reachable(strings.TrimSpace(each), "url", "nats", "tls")...)
	}
	if strings.ContainsAny(c.Subject, "*> ") || c.Subject == "" || strings.Trim(c.Subject, ".") != c.Subject {
		all = append(all, complaint{"subject", fmt.Sprintf("%q cannot be what subjects begin with: it has no *, > and blanks", shorten(c.Subject))})
	}
	return all
}

func (c *SNMP) check() []complaint {
	all := oneOf("version", c.Version, "v2c", "v3")
	if err := address(c.Address); err != nil {
		all = append(all, complaint{"address", err.Error() + ": write host:port, such as nms.example.net:162"})
	}
	if c.Version == "v2c" && c.CommunityCredential == "" {
		all = append(all, complaint{"community_credential", "is missing: name the credential that holds the community"})
	}
	if c.Version == "v3" && c.User == "" {
		all = append(all, complaint{"user", "is missing: v3 needs one"})
	}
	all = append(all, oneOf("auth", c.Auth, "SHA256", "SHA512", "SHA384", "SHA224", "SHA", "MD5")...)
	all = append(all, oneOf("privacy", c.Privacy, "AES", "AES192", "AES256", "DES")...)
	if c.PrivacyCredential != "" && c.AuthCredential == "" {
		all = append(all, complaint{"auth_credential", "is missing: privacy needs it"})
	}
	return all
}

func (c *Syslog) check() []complaint {
	return append(append(c.Trust.check(), reachable(c.URL, "url", "tls", "tcp", "udp")...), oneOf("facility", c.Facility,
		"daemon", "user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7")...)
}

func (c *Email) check() []complaint {
	all := append(c.Trust.check(), oneOf("security", c.Security, "starttls", "tls", "none")...)
	if _, _, err := net.SplitHostPort(c.Server); err != nil {
		all = append(all, complaint{"server", fmt.Sprintf("%q is no address: write host:port, such as mail.example.net:587", shorten(c.Server))})
	}
	if c.Security == "none" && c.User != "" {
		all = append(all, complaint{"security", "none would send the password in the clear: use starttls or tls"})
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		all = append(all, complaint{"from", fmt.Sprintf("%q is no mail address", shorten(c.From))})
	}
	if len(c.To) == 0 {
		all = append(all, complaint{"to", "is empty: name at least one mail address"})
	}
	for _, to := range c.To {
		if _, err := mail.ParseAddress(to); err != nil {
			all = append(all, complaint{"to", fmt.Sprintf("%q is no mail address", shorten(to))})
		}
	}
	return all
}

// clock reads a time of day: "02:30".
func clock(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil && text == "24:00" {
		return 24 * time.Hour, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: write it like 02:30", shorten(text))
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
