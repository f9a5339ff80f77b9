package aws

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// NewSNS makes the sink of a topic.
func NewSNS(c *config.SNS, secret web.Secrets, version string) (*Sink, error) {
	s, settings, err := open("SNS", c.AWS, secret, version)
	if err != nil {
		return nil, err
	}
	s.fifo = c.Fifo()
	s.entry = func(m forward.Message) entry {
		e := entry{Message: m.JSON(), Attributes: attributes(m), Subject: subject(m.Title())}
		if s.fifo {
			e.ordered(m)
		}
		return e
	}
	s.dial = func() send { return s.toSNS(sns.NewFromConfig(settings), c) }
	return s, nil
}

// toSNS sends to the topic by a client.
func (s *Sink) toSNS(client *sns.Client, c *config.SNS) send {
	return func(ctx context.Context, batch []item) ([]error, error) {
		request := &sns.PublishBatchInput{TopicArn: aws.String(c.Topic)}
		for n, i := range batch {
			e := types.PublishBatchRequestEntry{
				Id: aws.String(strconv.Itoa(n)), Message: aws.String(string(i.Message)), MessageAttributes: map[string]types.MessageAttributeValue{},
				MessageGroupId: optional(i.Group), MessageDeduplicationId: optional(i.Duplicate), Subject: optional(i.Subject),
			}
			for name, value := range i.Attributes {
				e.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
			}
			request.PublishBatchRequestEntries = append(request.PublishBatchRequestEntries, e)
		}
		answer, err := client.PublishBatch(ctx, request)
		if err != nil {
			return nil, err
		}
		results := unsaid(len(batch))
		for _, e := range answer.Successful {
			results.set(e.Id, nil)
		}
		for _, e := range answer.Failed {
			results.set(e.Id, s.said(aws.ToString(e.Code), aws.ToString(e.Message), e.SenderFault))
		}
		return results, nil
	}
}

// subject is what mail that SNS makes has as its subject: fewer than 100 characters of ASCII.
func subject(title string) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, title)
	return text[:min(len(text), 99)]
}
