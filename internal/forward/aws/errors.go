package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vedette-av/vedette/internal/forward"
)

// What the codes of the services mean for a message. A code that is in neither table is tried
// again: what may be mended, here or there, must not be put aside.
var (
	// refusals are of a message that will not be taken however often it is sent.
	refusals = []string{
		"BatchRequestTooLong", "BatchEntryIdsNotDistinct", "InvalidMessageContents", "InvalidParameter", "InvalidParameterValue",
		"InvalidArgument", "MalformedDetail", "ValidationException", "ValidationError", "RequestEntityTooLarge", "TooManyEntriesInBatchRequest",
		"InvalidBatchEntryId", "EmptyBatchRequest", "SerializationException",
	}
	// hints say what to look at, by a part of the code.
	hints = []struct{ part, hint string }{
		{"InvalidClientTokenId", "look at keys_credential"},
		{"InvalidAccessKeyId", "look at keys_credential"},
		{"UnrecognizedClient", "look at keys_credential"},
		{"InvalidSecurity", "look at keys_credential"},
		{"SignatureDoesNotMatch", "look at aws_secret_access_key, region and the clock of this machine"},
		{"InvalidSignature", "look at aws_secret_access_key, region and the clock of this machine"},
		{"RequestExpired", "look at the clock of this machine"},
		{"Expired", "the keys have run out: renew keys_credential"},
		{"AccessDenied", "give the keys the permission to send there"},
		{"AuthorizationError", "give the keys the permission to send there"},
		{"NotAuthorized", "give the keys the permission to send there"},
		{"NonExistentQueue", "look at queue and region"},
		{"QueueDoesNotExist", "look at queue and region"},
		{"NotFound", "look at the name of the topic or event bus, and at region"},
	}
)

// judge makes of an error of the SDK one line of the kind that the engine knows, without keys.
func (s *Sink) judge(err error) error {
	var answered smithy.APIError
	if errors.As(err, &answered) && answered.ErrorCode() != "UnknownError" {
		return s.said(answered.ErrorCode(), answered.ErrorMessage(), false)
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= 300 {
		code := response.HTTPStatusCode()
		return s.said(fmt.Sprint(code), http.StatusText(code), false)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %s: no answer in time", s.service, s.host)
	}
	var sending *smithyhttp.RequestSendError
	if errors.As(err, &sending) {
		err = sending.Err
	}
	return fmt.Errorf("%s: %s", s.service, s.keys.redact(s.web.Unsaid(err, s.host).Error()))
}

// said is the answer of a service about a request or one entry of it. fault tells that it finds the
// message itself wrong.
func (s *Sink) said(code, text string, fault bool) error {
	code = strings.TrimPrefix(code, "AWS.SimpleQueueService.")
	// The text about a signature quotes the whole request, with the token of the session.
	if strings.Contains(code, "Signature") {
		text = ""
	}
	line := fmt.Sprintf("%s answered %s", s.service, code)
	if text != "" {
		line += ": " + s.keys.redact(text)
	}
	for _, h := range hints {
		if strings.Contains(code, h.part) {
			return fmt.Errorf("%s: %s", line, h.hint)
		}
	}
	plain := strings.TrimSuffix(code, "Exception")
	if slices.Contains(refusals, code) || slices.Contains(refusals, plain) || fault && !temporary(code) {
		return forward.Refused(errors.New(line))
	}
	return errors.New(line)
}

// temporary tells whether a code is of a service that is busy or broken.
func temporary(code string) bool {
	for _, part := range []string{"Throttl", "TooManyRequests", "Internal", "Unavailable", "OverLimit", "LimitExceeded", "Timeout"} {
		if strings.Contains(code, part) {
			return true
		}
	}
	return false
}
