package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// AWS is how a service of Amazon Web Services is reached. Keys come from the credential alone,
// never from the environment or the metadata of an instance.
type AWS struct {
	Region          string `mapstructure:"region"`
	Endpoint        string `mapstructure:"endpoint"` // that of the region where empty
	KeysCredential  string `mapstructure:"keys_credential"`
	Proxy           string `mapstructure:"proxy"` // as the environment says where empty
	ProxyCredential string `mapstructure:"proxy_credential"`
	Trust           `mapstructure:",squash"`
}

// SQS is a queue of the Simple Queue Service.
type SQS struct {
	Queue string `mapstructure:"queue"` // its URL
	AWS   `mapstructure:",squash"`
}

// SNS is a topic of the Simple Notification Service.
type SNS struct {
	Topic string `mapstructure:"topic"` // its ARN
	AWS   `mapstructure:",squash"`
}

// EventBridge is an event bus.
type EventBridge struct {
	EventBus string `mapstructure:"event_bus"` // its name or ARN
	Source   string `mapstructure:"source"`    // that rules match
	AWS      `mapstructure:",squash"`
}

// Fifo tells whether the queue keeps order and drops duplicates.
func (c *SQS) Fifo() bool { return strings.HasSuffix(c.Queue, ".fifo") }

// Fifo tells whether the topic keeps order and drops duplicates.
func (c *SNS) Fifo() bool { return strings.HasSuffix(c.Topic, ".fifo") }

var (
	region    = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-\d+$`)
	topicARN  = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)
	busName   = regexp.MustCompile(`^(arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus/)?[/.A-Za-z0-9_-]{1,256}$`)
	eventFrom = regexp.MustCompile(`^[.A-Za-z0-9_-]{1,256}$`)
)

func (c AWS) check() []complaint {
	all := c.Trust.check()
	if !region.MatchString(c.Region) {
		all = append(all, complaint{"region", fmt.Sprintf("%q is no region: write it like eu-central-1", shorten(c.Region))})
	}
	if c.KeysCredential == "" {
		all = append(all, complaint{"keys_credential", "is missing: name the credential that holds aws_access_key_id and aws_secret_access_key"})
	}
	if c.Endpoint != "" {
		all = append(all, reachable(c.Endpoint, "endpoint", "https", "http")...)
	}
	if c.Proxy != "" {
		all = append(all, reachable(c.Proxy, "proxy", "http", "https", "socks5")...)
	}
	return all
}

func (c *SQS) check() []complaint {
	all := append(c.AWS.check(), reachable(c.Queue, "queue", "https", "http")...)
	if u, err := url.Parse(c.Queue); err == nil && strings.Count(strings.Trim(u.Path, "/"), "/") < 1 {
		all = append(all, complaint{"queue", "is not the URL of a queue: write it like https://sqs.eu-central-1.amazonaws.com/123456789012/vedette"})
	}
	return all
}

func (c *SNS) check() []complaint {
	all := c.AWS.check()
	if !topicARN.MatchString(c.Topic) {
		all = append(all, complaint{"topic", fmt.Sprintf("%q is not the ARN of a topic: write it like arn:aws:sns:eu-central-1:123456789012:vedette", shorten(c.Topic))})
	}
	return all
}

func (c *EventBridge) check() []complaint {
	all := c.AWS.check()
	if !busName.MatchString(c.EventBus) {
		all = append(all, complaint{"event_bus", fmt.Sprintf("%q is not the name or the ARN of an event bus", shorten(c.EventBus))})
	}
	if !eventFrom.MatchString(c.Source) || strings.HasPrefix(c.Source, "aws.") {
		all = append(all, complaint{"source", fmt.Sprintf("%q cannot be the source of events: it has letters, digits and .-_, and does not begin with aws.", shorten(c.Source))})
	}
	return all
}
