// Package email sends messages by SMTP (RFC 5321): all that is there at once in one mail.
package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// Sink sends by one server.
type Sink struct {
	settings *config.Email
	host     string
	tls      *tls.Config
	secret   web.Secrets
}

// New makes the sink of a server.
func New(c *config.Email, secret web.Secrets) (*Sink, error) {
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil {
		return nil, fmt.Errorf("%s is no address", c.Server)
	}
	trust, err := web.TLS(c.Trust)
	if err != nil {
		return nil, err
	}
	trust.ServerName = host
	if c.PasswordCredential != "" {
		if _, err := secret(c.PasswordCredential); err != nil {
			return nil, err
		}
	}
	return &Sink{c, host, trust, secret}, nil
}

// Render makes one mail of all. Its Message-ID is made of the ids, so that a mail that is sent again
// can be known.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	subject := batch[0].Title()
	if len(batch) > 1 {
		subject = fmt.Sprintf("%s (and %d more)", subject, len(batch)-1)
	}
	digest := sha256.New()
	var text bytes.Buffer
	for _, m := range batch {
		digest.Write([]byte(m.ID() + "\n"))
		fmt.Fprintf(&text, "%s\n%s\n", m.Time().Format(time.RFC1123), m.Title())
		if detail := m.Detail(); detail != "" {
			fmt.Fprintln(&text, detail)
		}
		fmt.Fprintf(&text, "id: %s\n\n", m.ID())
	}
	_, domain, _ := strings.Cut(address(s.settings.From), "@")
	var body bytes.Buffer
	for _, header := range [][2]string{
		{"From", s.settings.From}, {"To", strings.Join(s.settings.To, ", ")}, {"Subject", mime.QEncoding.Encode("utf-8", subject)},
		{"Date", batch[0].Time().Format(time.RFC1123Z)}, {"Message-ID", "<" + hex.EncodeToString(digest.Sum(nil)[:16]) + "@" + domain + ">"},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"},
	} {
		fmt.Fprintf(&body, "%s: %s\r\n", header[0], strings.ReplaceAll(header[1], "\r\n", "\r\n "))
	}
	body.WriteString("\r\n")
	quoted := quotedprintable.NewWriter(&body)
	_, err := quoted.Write(text.Bytes())
	err = errors.Join(err, quoted.Close())
	return []forward.Draft{{Messages: batch, Body: body.Bytes(), Media: "message/rfc822", To: strings.Join(s.settings.To, ", ")}}, err
}

// address is the address alone, without the name.
func address(text string) string {
	parsed, err := mail.ParseAddress(text)
	if err != nil {
		return text
	}
	return parsed.Address
}

// Carry sends one mail on a connection of its own.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	err := s.send(ctx, p.Body())
	if err != nil && ctx.Err() != nil {
		return forward.Receipt{}, fmt.Errorf("mail server %s: no answer in time", s.settings.Server)
	}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		err = fmt.Errorf("the mail server answered %d %s", answer.Code, oneLine(answer.Msg))
		switch answer.Code { // of the mail itself, not of who we are
		case 552, 554:
			err = forward.Refused(err)
		}
	}
	return forward.Receipt{}, err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (s *Sink) send(ctx context.Context, body []byte) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.settings.Server)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if s.settings.Security == "tls" {
		conn = tls.Client(conn, s.tls)
	}
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.settings.Server, err)
	}
	if err := s.introduce(client); err != nil {
		return err
	}
	if err := client.Mail(address(s.settings.From)); err != nil {
		return err
	}
	for _, to := range s.settings.To {
		if err := client.Rcpt(address(to)); err != nil {
			return err
		}
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(body); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	_ = client.Quit() // the mail is taken; what the server says now does not matter
	return nil
}

// introduce makes the connection secret and says who we are.
func (s *Sink) introduce(client *smtp.Client) error {
	if s.settings.Security == "starttls" {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return errors.New("the mail server has no STARTTLS: mend it, or set security")
		}
		if err := client.StartTLS(s.tls); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if s.settings.User == "" {
		return nil
	}
	password := ""
	if s.settings.PasswordCredential != "" {
		var err error
		if password, err = s.secret(s.settings.PasswordCredential); err != nil {
			return err
		}
	}
	if err := client.Auth(smtp.PlainAuth("", s.settings.User, password, s.host)); err != nil {
		var answer *textproto.Error
		if errors.As(err, &answer) { // it may repeat what it was given
			return fmt.Errorf("the mail server refuses the user or the password: %d", answer.Code)
		}
		return fmt.Errorf("log in to the mail server: %w", err)
	}
	return nil
}

// Close does nothing: no connection stays.
func (s *Sink) Close() error { return nil }
