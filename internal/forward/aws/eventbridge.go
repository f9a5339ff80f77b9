package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// NewEventBridge makes the sink of an event bus. The type of a message is the detail-type.
func NewEventBridge(c *config.EventBridge, secret web.Secrets, version string) (*Sink, error) {
	s, settings, err := open("EventBridge", c.AWS, secret, version)
	if err != nil {
		return nil, err
	}
	s.entry = func(m forward.Message) entry { return entry{Message: m.JSON()} }
	s.dial = func() send { return s.toEventBridge(eventbridge.NewFromConfig(settings), c) }
	return s, nil
}

// toEventBridge sends to the event bus by a client.
func (s *Sink) toEventBridge(client *eventbridge.Client, c *config.EventBridge) send {
	return func(ctx context.Context, batch []item) ([]error, error) {
		request := &eventbridge.PutEventsInput{}
		for _, i := range batch {
			request.Entries = append(request.Entries, types.PutEventsRequestEntry{
				Detail: aws.String(string(i.Message)), DetailType: aws.String(string(i.message.Type())), EventBusName: aws.String(c.EventBus),
				Source: aws.String(c.Source), Time: aws.Time(i.message.Time()),
			})
		}
		answer, err := client.PutEvents(ctx, request)
		if err != nil {
			return nil, err
		}
		if len(answer.Entries) != len(batch) {
			return nil, fmt.Errorf("the answer has %d entries for %d events", len(answer.Entries), len(batch))
		}
		results := unsaid(len(batch))
		for n, e := range answer.Entries {
			switch code := aws.ToString(e.ErrorCode); {
			case code != "":
				results[n] = s.said(code, aws.ToString(e.ErrorMessage), false)
			case aws.ToString(e.EventId) != "":
				results[n] = nil
			}
		}
		return results, nil
	}
}
