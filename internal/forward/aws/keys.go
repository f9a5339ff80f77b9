package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vedette-av/vedette/internal/forward/web"
)

// keys are read from the credential for every request, so that they can be renewed.
type keys struct {
	secret web.Secrets
	name   string
}

// Retrieve returns the keys as they are now.
func (k keys) Retrieve(context.Context) (aws.Credentials, error) {
	text, err := k.secret(k.name)
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := parseKeys(text)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("credential %s: %w", k.name, err)
	}
	return c, nil
}

// parseKeys reads the form of ~/.aws/credentials with one profile, whose name does not matter. An
// error holds nothing of the text.
func parseKeys(text string) (aws.Credentials, error) {
	var c aws.Credentials
	profiles := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			if profiles++; profiles > 1 {
				return aws.Credentials{}, errors.New("it has several profiles: keep the one to use")
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return aws.Credentials{}, errors.New("it is not of the form aws_access_key_id = ..., one a line")
		}
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "aws_access_key_id":
			c.AccessKeyID = value
		case "aws_secret_access_key":
			c.SecretAccessKey = value
		case "aws_session_token":
			c.SessionToken = value
		}
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return aws.Credentials{}, errors.New("it has no aws_access_key_id and aws_secret_access_key")
	}
	return c, nil
}

// redact takes the keys out of a text.
func (k keys) redact(text string) string {
	c, err := k.Retrieve(context.Background())
	if err != nil {
		return text
	}
	for _, secret := range []string{c.SecretAccessKey, c.SessionToken, c.AccessKeyID} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
