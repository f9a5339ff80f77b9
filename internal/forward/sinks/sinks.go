// Package sinks makes the sinks of a configuration. It is the only package that knows them all.
package sinks

import (
	"errors"
	"fmt"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/aws"
	"github.com/vedette-av/vedette/internal/forward/cloudevents"
	"github.com/vedette-av/vedette/internal/forward/email"
	"github.com/vedette-av/vedette/internal/forward/leaf"
	"github.com/vedette-av/vedette/internal/forward/mqtt"
	"github.com/vedette-av/vedette/internal/forward/nats"
	"github.com/vedette-av/vedette/internal/forward/otlp"
	"github.com/vedette-av/vedette/internal/forward/snmp"
	"github.com/vedette-av/vedette/internal/forward/syslog"
	"github.com/vedette-av/vedette/internal/forward/web"
	"github.com/vedette-av/vedette/internal/forward/webhook"
)

// Open makes every sink that is there at the site. Nothing is connected yet; what is missing on this machine, such as a
// credential, is an error.
func Open(wanted []config.Sink, site, version string, secret web.Secrets) ([]forward.OpenedSink, error) {
	var all []forward.OpenedSink
	var failed []error
	for _, c := range wanted {
		if !c.At(site) {
			continue
		}
		sink, err := open(c, site, version, secret)
		if err != nil {
			failed = append(failed, fmt.Errorf("forward to %s: %w", c.Name, err))
			continue
		}
		all = append(all, forward.OpenedSink{Policy: policy(c), Sink: sink})
	}
	return all, errors.Join(failed...)
}

func open(c config.Sink, site, version string, secret web.Secrets) (forward.Sink, error) {
	switch s := c.Settings.(type) {
	case *config.CloudEvents:
		return cloudevents.New(s, secret, version)
	case *config.Webhook:
		return webhook.New(s, secret, version)
	case *config.MQTT:
		return mqtt.New(s, site, secret)
	case *config.SNMP:
		return snmp.New(s, site, secret)
	case *config.Syslog:
		return syslog.New(s)
	case *config.OTLP:
		return otlp.New(s, secret, version)
	case *config.NATS:
		return nats.New(s, site, secret)
	case *config.Leaf:
		return leaf.New(s, site, secret)
	case *config.Email:
		return email.New(s, secret)
	case *config.SQS:
		return aws.NewSQS(s, secret, version)
	case *config.SNS:
		return aws.NewSNS(s, secret, version)
	case *config.EventBridge:
		return aws.NewEventBridge(s, secret, version)
	}
	return nil, fmt.Errorf("there is no sink of type %s", c.Type)
}

// policy is how messages are given to a sink.
func policy(c config.Sink) forward.Policy {
	p := forward.Policy{
		Name: c.Name, Type: c.Type, Heartbeat: c.Heartbeat, Repeat: c.Repeat, Group: c.Group,
		Batch: c.Batch, Rate: c.Rate, Timeout: c.Timeout, BackoffMax: c.BackoffMax, Attempts: c.Attempts,
		Route: forward.Route{Feeds: c.Feeds, Kinds: c.Kinds, Minimum: c.Minimum, Changes: c.Changes, NoDigests: !c.Digests},
	}
	for _, w := range c.Maintenance {
		p.Route.Maintenance = append(p.Route.Maintenance, forward.Window(w))
	}
	return p
}
