package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// feedWith is a sound configuration whose one feed has more lines.
func feedWith(lines string) string {
	text := "feeds:\n  - name: a\n    source: rtmp://:1935/live/a\n"
	for line := range strings.Lines(lines) {
		text += "    " + line
	}
	return text
}

// source is a configuration whose one feed has this source.
func source(url, more string) string {
	return "feeds:\n  - name: a\n    source: \"" + url + "\"\n" + more
}

func TestProblems(t *testing.T) {
	two := "feeds:\n  - {name: a, source: 'rtmp://:1935/live/a'}\n"
	for _, c := range []struct{ name, text, want string }{
		{"key", "fedes: []\n" + two, `vedette.yaml:1: fedes: unknown key; did you mean feeds?`},
		{"empty key", two + "detecters:\n", `vedette.yaml:3: detecters: unknown key; did you mean detectors?`},
		{"far key", "zzzzzzzzz: 1\n" + two, `vedette.yaml:1: zzzzzzzzz: unknown key; known are api, bus, detectors, egress, feeds, forward, log_level, site, state_directory, tls and worker`},
		{"case", "Site: x\n" + two, `vedette.yaml:1: Site: unknown key; did you mean site?`},
		{"number as key", "1: x\n" + two, `vedette.yaml:1: 1: unknown key; known are`},
		{"feed key", feedWith("placment: cpu\n"), `vedette.yaml:4: feeds.a.placment: unknown key; did you mean placement?`},
		{"placement", feedWith("placement: gpuu\n"), `vedette.yaml:4: feeds.a.placement: unknown placement "gpuu"; did you mean gpu?`},
		{"bool", feedWith("pull: 'yes'\n"), `vedette.yaml:4: feeds.a.pull: is text, where true or false is wanted`},
		{"fraction", feedWith("threads: 1.5\n"), `vedette.yaml:4: feeds.a.threads: is a number, where a whole number is wanted`},
		{"threads", feedWith("threads: -1\n"), `vedette.yaml:4: feeds.a.threads: -1 is not from 0 to 64`},
		{"detector", feedWith("detectors: {freez: {}}\n"), `vedette.yaml:4: feeds.a.detectors.freez: unknown detector; did you mean freeze?`},
		{"default detector", two + "detectors:\n  freez: {}\n", `vedette.yaml:4: detectors.freez: unknown detector; did you mean freeze?`},
		{"setting", feedWith("detectors:\n  silence:\n    belwo: -3dBFS\n"), `vedette.yaml:6: feeds.a.detectors.silence.belwo: unknown setting; did you mean below?`},
		{"setting of another", feedWith("detectors: {freeze: {below: -3dBFS}}\n"), `feeds.a.detectors.freeze.below: unknown setting; known are enabled, for, keep and severity`},
		{"setting case", feedWith("detectors: {freeze: {For: 3s}}\n"), `feeds.a.detectors.freeze.For: keys are written in lower case: for`},
		{"no unit", feedWith("detectors: {freeze: {for: 3}}\n"), `feeds.a.detectors.freeze.for: 3 has no unit: write 3s for seconds, or 3ms`},
		{"duration", feedWith("detectors: {freeze: {for: 3 seconds}}\n"), `feeds.a.detectors.freeze.for: "3 seconds" is not a duration: write a number and a unit, such as 500ms, 3s or 2h`},
		{"negative", feedWith("detectors: {freeze: {for: -3s}}\n"), `feeds.a.detectors.freeze.for: -3s is not from 0s to 24h0m0s`},
		{"severity", feedWith("detectors: {freeze: {severity: majr}}\n"), `feeds.a.detectors.freeze.severity: unknown severity "majr"; did you mean major?`},
		{"level", feedWith("detectors: {silence: {below: loud}}\n"), `feeds.a.detectors.silence.below: "loud" is not a level, such as -60dBFS`},
		{"range", feedWith("detectors: {silence: {below: 3dBFS}}\n"), `feeds.a.detectors.silence: below must be at most 0dBFS`},
		{"not finite", feedWith("detectors: {silence: {clock_area: .nan}}\n"), `feeds.a.detectors.silence.clock_area: NaN is not a usable number`},
		{"detector type", feedWith("detectors: {freeze: 3s}\n"), `feeds.a.detectors.freeze: is text, where a group of settings is wanted`},
		{"feeds type", "feeds: 3\n", `vedette.yaml:1: feeds: is a whole number, where a list is wanted`},
		{"feed type", "feeds: [a]\n", `feeds[0]: is text, where a group of settings is wanted`},
		{"no name", "feeds: [{source: 'rtmp://:1935/live/a'}]\n", `feeds[0].name: is missing: every feed needs a name`},
		{"name", "feeds: [{name: Main Programme, source: 'rtmp://:1935/live/a'}]\n", `feeds[0].name: "Main Programme" cannot be a name: 'M' is none of a to z, 0 to 9, -, _ and dot`},
		{"name type", "feeds: [{name: 12, source: 'rtmp://:1935/live/a'}]\n", `feeds[0].name: is a whole number, where text is wanted: put it in quotes`},
		{"long name", "feeds: [{name: " + strings.Repeat("a", 65) + ", source: 'rtmp://:1935/live/a'}]\n", `has 65 characters: at most 64 are allowed`},
		{"same name", two + "  - {name: a, source: 'rtmp://:1935/live/b'}\n", `vedette.yaml:3: feeds.a.name: another feed is called a too`},
		{"same source", two + "  - {name: b, source: 'rtmp://127.0.0.1/live/a'}\n", `feeds.b.source: feed a has the same source`},
		{"same port", "tls: {certificate: c, key: k}\n" + two + "  - {name: b, source: 'rtmps://:1935/live/b'}\n", `feeds.b.source: another feed listens with rtmp on port 1935: give one of them another port`},
		{"no source", "feeds: [{name: a}]\n", `feeds.a.source: is missing: every feed needs a source`},
		{"scheme", source("rtpm://:1935/live/a", ""), `vedette.yaml:3: feeds.a.source: unknown scheme rtpm; did you mean rtmp?`},
		{"no scheme", source("live/a", ""), `feeds.a.source: has no scheme: begin it with rtmp, rtmps, `},
		{"not a URL", source("rtmp://[::/live/s3cret", ""), `feeds.a.source: is not a URL`},
		{"password", source("rtmp://me:s3cret@host/live/a", "    pull: true\n"), `feeds.a.source: has a user or a password, which would not stay secret`},
		{"port", source("rtmp://:99999/live/a", ""), `feeds.a.source: has no usable port`},
		{"no app", source("rtmp://:1935", ""), `feeds.a.source: has no application`},
		{"no key", source("rtmp://:1935/live", ""), `feeds.a.source: has no stream key: add /KEY, or key_credential`},
		{"two keys", source("rtmp://:1935/live/a", "    key_credential: k\n"), `feeds.a.source: has a path after the application, and key_credential is set`},
		{"remote", source("rtmp://host.example/live/a", ""), `feeds.a.source: host.example is not an address of this machine: add pull: true`},
		{"pull from nowhere", source("rtmp://:1935/live/a", "    pull: true\n"), `feeds.a.source: has no host to fetch from`},
		{"no certificate", source("rtmps://:1936/live/a", ""), `feeds.a.source: waiting for rtmps publishers needs a certificate: add the tls section`},
		{"sink", two + "forward:\n  - type: cloudevent\n    url: https://x\n", `vedette.yaml:4: forward[0].type: unknown type of sink cloudevent; did you mean cloudevents?`},
		{"sink without type", two + "forward:\n  - url: https://x\n", `vedette.yaml:4: forward[0]: has no type: it is one of cloudevents, webhook, mqtt, snmp, syslog, otlp, nats, email, sqs, sns and eventbridge`},
		{"key of a sink", two + "forward:\n  - type: mqtt\n    url: mqtt://x\n    topics: a\n", `vedette.yaml:6: forward[0].topics: unknown key; did you mean topic?`},
		{"secret in a URL", two + "forward:\n  - {type: mqtt, url: 'mqtts://me:secret@x'}\n", `vedette.yaml:4: forward[0].url: has a user or a password, which would not stay secret: put it into a credential`},
		{"scheme of a sink", two + "forward:\n  - {type: cloudevents, url: 'ftp://x'}\n", `vedette.yaml:4: forward[0].url: unknown scheme ftp; known are http and https`},
		{"two sinks", two + "forward:\n  - {type: cloudevents, url: 'https://x'}\n  - {type: cloudevents, url: 'https://y'}\n", `vedette.yaml:5: forward[1].name: another sink is called cloudevents too: give each its own name`},
		{"half a certificate", two + "forward:\n  - {type: cloudevents, url: 'https://x', certificate: /c.pem}\n", `vedette.yaml:4: forward[0].certificate: is set without key: add key or key_credential`},
		{"group without unit", two + "forward:\n  - {type: cloudevents, url: 'https://x', group: 2}\n", `vedette.yaml:4: forward[0].group: 2 has no unit: write 2s for seconds, or 2ms`},
		{"window", two + "forward:\n  - {type: cloudevents, url: 'https://x', maintenance: [{from: '25:00', to: '04:00'}]}\n", `vedette.yaml:4: forward[0].maintenance[0]: from: "25:00" is no time of day: write it like 02:30`},
		{"grouped pages", two + "forward:\n  - {type: webhook, preset: pagerduty, secret_credential: k, url: 'https://x', group: 2s}\n", `vedette.yaml:4: forward[0].group: cannot be with preset pagerduty, which ties events together by their incident: leave it out`},
		{"grouped queue", two + "forward:\n  - {type: sqs, queue: 'https://x/1/a.fifo', region: eu-west-1, keys_credential: k, group: 2s}\n", `vedette.yaml:4: forward[0].group: cannot be with a FIFO queue or topic, which keeps the order of each feed alone: leave it out`},
		{"no queue", two + "forward:\n  - {type: sqs, queue: 'https://x/a', region: eu-west-1, keys_credential: k}\n", `vedette.yaml:4: forward[0].queue: is not the URL of a queue: write it like https://sqs.eu-central-1.amazonaws.com/123456789012/vedette`},
		{"region", two + "forward:\n  - {type: sns, topic: 'arn:aws:sns:eu-west-1:123456789012:a', region: Frankfurt, keys_credential: k}\n", `vedette.yaml:4: forward[0].region: "Frankfurt" is no region: write it like eu-central-1`},
		{"topic", two + "forward:\n  - {type: sns, topic: vedette, region: eu-west-1, keys_credential: k}\n", `vedette.yaml:4: forward[0].topic: "vedette" is not the ARN of a topic: write it like arn:aws:sns:eu-central-1:123456789012:vedette`},
		{"no keys", two + "forward:\n  - {type: eventbridge, region: eu-west-1}\n", `vedette.yaml:4: forward[0].keys_credential: is missing: name the credential that holds aws_access_key_id and aws_secret_access_key`},
		{"source of Amazon", two + "forward:\n  - {type: eventbridge, region: eu-west-1, keys_credential: k, source: aws.x}\n", `vedette.yaml:4: forward[0].source: "aws.x" cannot be the source of events: it has letters, digits and .-_, and does not begin with aws.`},
		{"external bus", two + "bus:\n  servers: [nats://x:4222]\n", `vedette.yaml:4: bus.servers: an external cluster cannot be the store of incidents, which are on this disk before anybody is told: set bus.leaf to have the cluster fetch a copy, or forward to a sink of type nats`},
		{"leaf without URL", two + "bus:\n  leaf: {user: a, password_credential: p}\n", `vedette.yaml:4: bus.leaf.url: is not a URL: write it like nats://host:port`},
		{"leaf without password", two + "bus:\n  leaf: {user: a, url: 'nats://x:7422'}\n", `vedette.yaml:4: bus.leaf.user: and password_credential go together: set both or neither`},
		{"leaf twice", two + "bus:\n  leaf: {url: 'nats://x:7422'}\nforward: [{type: nats, name: leaf, url: 'nats://x:4222'}]\n", `vedette.yaml:4: bus.leaf: is a sink called leaf, as one of forward is: give that another name`},
		{"open password", two + "forward:\n  - {type: email, server: 'x:25', from: a@b.c, to: [d@e.f], user: me, security: none}\n", `vedette.yaml:4: forward[0].security: none would send the password in the clear: use starttls or tls`},
		{"level name", "log_level: verbose\n" + two, `vedette.yaml:1: log_level: unknown level; known are debug, error, info and warn`},
		{"listen", "api: {listen: 8650}\n" + two, `api.listen: is a whole number, where text is wanted: put it in quotes`},
		{"no port", "api: {listen: localhost}\n" + two, `api.listen: "localhost" is no address: write host:port`},
		{"relative", "state_directory: var\n" + two, `state_directory: "var" is not an absolute path: begin it with /`},
		{"size", "bus: {max_size: 5 parsecs}\n" + two, `bus.max_size: "5 parsecs" is not a size: write a number and a unit, such as 512MiB or 1GiB`},
		{"small bus", "bus: {max_size: 1MiB}\n" + two, `bus.max_size: 1MiB is too little: give at least 64MiB`},
		{"half of tls", "tls: {certificate: c.pem}\n" + two, `tls: has a certificate and no key: add key or key_credential`},
		{"no feeds", "site: x\n", `feeds: there are none: add at least one`},
		{"empty", "", `feeds: there are none: add at least one`},
		{"tab", "feeds:\n\t- name: a\n", `vedette.yaml:2: is not YAML: found character that cannot start any token`},
		{"twice", two + "feeds: []\n", `vedette.yaml:3: is not YAML: mapping key "feeds" already defined at line 1`},
		{"a list", "- a\n", `vedette.yaml:1: is not a configuration`},
		{"text", "hello there", `vedette.yaml:1: is not a configuration`},
		{"two documents", two + "---\nsite: x\n", `has more than one YAML document: keep one`},
		{"binary", "\x00\x01\x02", `is not YAML: control characters are not allowed`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(write(t, c.text), nil, testKinds())
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); strings.Contains(got, "\n") || !strings.Contains(got, c.want) {
				t.Errorf("got:\n%s\nwant one line with:\n%s", got, c.want)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("a secret is told: %s", err)
			}
		})
	}
}

func TestProblemsOfOverrides(t *testing.T) {
	path := write(t, feedWith(""))
	for _, c := range []struct{ set, want string }{
		{"detectors.freeze.fro=1s", `--set: detectors.freeze.fro: unknown setting; did you mean for?`},
		{"detectors.freez.for=1s", `--set: detectors.freez: unknown detector; did you mean freeze?`},
		{"feeds.b.threads=1", `--set: feeds.b.threads: unknown feed; known are a`},
		{"feeds.a.threads=x", `--set: feeds.a.threads: is text, where a whole number is wanted`},
		{"detectors.freeze.for=1", `--set: detectors.freeze.for: 1 has no unit`},
		{"nonsense", `--set nonsense: is not of the form key=value`},
		{"a..b=1", `--set: a..b: has an empty part`},
	} {
		_, err := Load(path, []string{c.set}, testKinds())
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--set %s: got\n%v\nwant\n%s", c.set, err, c.want)
		}
	}
	t.Setenv("VEDETTE_LOG_LEVEL", "loud")
	if _, err := Load(path, nil, testKinds()); err == nil || !strings.Contains(err.Error(), "VEDETTE_LOG_LEVEL: log_level: unknown level") {
		t.Errorf("environment: got %v", err)
	}
}

// TestAllProblems checks that everything wrong is told at once, in the order of the file.
func TestAllProblems(t *testing.T) {
	_, err := Load(write(t, `sitee: x
log_level: loud
feeds:
  - name: a
    source: rtmp://:1935/live/a
    threads: many
    detectors:
      freeze: {for: 3}
      silence: {wat: 1, below: 3}
`), nil, testKinds())
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, line := range strings.Split(err.Error(), "\n") {
		got = append(got, strings.TrimPrefix(line, filepath.Dir(problems[0].Where)+"/"))
	}
	want := []string{"vedette.yaml:1: sitee", "vedette.yaml:2: log_level", "vedette.yaml:6: feeds.a.threads", "vedette.yaml:8: feeds.a.detectors.freeze.for", "vedette.yaml:9: feeds.a.detectors.silence"}
	if len(got) != len(want) {
		t.Fatalf("got %d lines, want %d:\n%s", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("line %d: got %s, want %s", i, got[i], want[i])
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	directory := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(directory, "none.yaml"): "none.yaml: no such file",
		directory:                             "is a directory",
		write(t, strings.Repeat("# long\n", longestFile/6)): "is longer than 1MiB",
	} {
		if _, err := Load(path, nil, testKinds()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
