package rtsp

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// plainly says in an operator's words why a session ended.
func (p *Pull) plainly(err error) error {
	var status liberrors.ErrClientBadStatusCode
	var op *net.OpError
	switch {
	case errors.As(err, &status):
		return p.refused(status)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("connection closed by the server: %w", err)
	case errors.As(err, new(liberrors.ErrClientRequestTimedOut)):
		return fmt.Errorf("no answer within %v", p.opt.Silence)
	case errors.As(err, new(liberrors.ErrClientTCPTimeout)), errors.As(err, new(liberrors.ErrClientUDPTimeout)):
		return fmt.Errorf("%w for %v", errSilent, p.opt.Silence)
	case errors.As(err, new(liberrors.ErrClientAuthSetup)):
		return errors.New("the server asks for a way of authentication that is not known: digest and basic are")
	case errors.As(err, &op):
		return op.Err // without the addresses, one of which is said anyway
	case errors.Is(err, errSilent), errors.Is(err, errSlow), errors.Is(err, errGoodbye):
		return err
	}
	return errors.New(clip(err.Error()))
}

// refused says what an answer other than 200 means.
func (p *Pull) refused(status liberrors.ErrClientBadStatusCode) error {
	switch {
	case status.Code == base.StatusUnauthorized && p.opt.User == "":
		return errors.New("the server wants a user and a password: put user:password into key_credential")
	case status.Code == base.StatusUnauthorized:
		return errors.New("the server refuses the user or the password (401)")
	case status.Code == base.StatusNotFound:
		return errors.New("the server knows no stream under this path (404)")
	case status.Code == base.StatusUnsupportedTransport && p.target.protocol != nil:
		return errors.New("the server does not send by the transport that the URL asks for (461): leave transport out of it")
	}
	return fmt.Errorf("the server answers %d %s", status.Code, clip(status.Message))
}
