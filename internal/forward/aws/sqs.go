package aws

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// NewSQS makes the sink of a queue.
func NewSQS(c *config.SQS, secret web.Secrets, version string) (*Sink, error) {
	s, settings, err := open("SQS", c.AWS, secret, version)
	if err != nil {
		return nil, err
	}
	s.fifo = c.Fifo()
	s.entry = func(m forward.Message) entry {
		e := entry{Message: m.JSON(), Attributes: attributes(m)}
		if s.fifo {
			e.ordered(m)
		}
		return e
	}
	s.dial = func() send { return s.toSQS(sqs.NewFromConfig(settings), c) }
	return s, nil
}

// toSQS sends to the queue by a client.
func (s *Sink) toSQS(client *sqs.Client, c *config.SQS) send {
	return func(ctx context.Context, batch []item) ([]error, error) {
		request := &sqs.SendMessageBatchInput{QueueUrl: aws.String(c.Queue)}
		for n, i := range batch {
			e := types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(n)), MessageBody: aws.String(string(i.Message)), MessageAttributes: map[string]types.MessageAttributeValue{},
				MessageGroupId: optional(i.Group), MessageDeduplicationId: optional(i.Duplicate),
			}
			for name, value := range i.Attributes {
				e.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
			}
			request.Entries = append(request.Entries, e)
		}
		answer, err := client.SendMessageBatch(ctx, request)
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

// optional is nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// results are what became of each entry.
type results []error

func unsaid(n int) results {
	r := make(results, n)
	for i := range r {
		r[i] = errUnsaid
	}
	return r
}

// set notes what became of the entry with an id.
func (r results) set(id *string, err error) {
	if n, wrong := strconv.Atoi(aws.ToString(id)); wrong == nil && n >= 0 && n < len(r) {
		r[n] = err
	}
}
