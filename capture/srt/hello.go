package srt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"time"

	gosrt "github.com/datarhei/gosrt"
	"github.com/datarhei/gosrt/circular"
	"github.com/datarhei/gosrt/crypto"
	"github.com/datarhei/gosrt/packet"
)

const (
	helloTries = 3
	helloWait  = 500 * time.Millisecond
)

// magic marks a handshake of version 5 (4.3.1.1).
const magic = 0x4a17

// hello finds out whether a listener answers before the library is asked to connect to it: every
// attempt of the library that fails leaves a goroutine behind, and a feed tries for ever. So the
// attempts that would fail again are made here: with conclude, which is for after a refusal, up to
// being accepted.
type hello struct {
	address Address
	conn    net.Conn
	id      uint32
	began   time.Time
}

func sayHello(ctx context.Context, a Address, conclude bool) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", net.JoinHostPort(a.Host, a.Port))
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	h := &hello{address: a, conn: conn, id: rand.Uint32(), began: time.Now()}
	answer, err := h.ask(ctx, &packet.CIFHandshake{
		IsRequest: true, Version: 4, ExtensionField: 2, HandshakeType: packet.HSTYPE_INDUCTION,
	})
	if err != nil || !conclude || answer.Version != 5 || answer.ExtensionField != magic {
		return err
	}
	conclusion, err := h.conclusion(answer)
	if err != nil {
		return err
	}
	if answer, err = h.ask(ctx, conclusion); err != nil {
		return err
	}
	return h.send(packet.CTRLTYPE_SHUTDOWN, answer.SRTSocketId, nil)
}

// ask sends a handshake and waits for the answer.
func (h *hello) ask(ctx context.Context, cif *packet.CIFHandshake) (*packet.CIFHandshake, error) {
	cif.SRTSocketId = h.id
	cif.InitialPacketSequenceNumber = circular.New(0, packet.MAX_SEQUENCENUMBER)
	cif.MaxTransmissionUnitSize, cif.MaxFlowWindowSize = gosrt.MAX_MSS_SIZE, 25600
	cif.PeerIP.FromNetAddr(h.conn.LocalAddr())
	for range helloTries {
		if err := h.send(packet.CTRLTYPE_HANDSHAKE, 0, cif); err != nil {
			return nil, plain(err)
		}
		answer, err := h.receive(ctx)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return answer, err
		}
	}
	return nil, errors.New("nothing answers: no listener there, or a firewall in between")
}

func (h *hello) send(kind packet.CtrlType, to uint32, cif *packet.CIFHandshake) error {
	p := packet.NewPacket(h.conn.RemoteAddr())
	defer p.Decommission()
	p.Header().IsControlPacket, p.Header().ControlType = true, kind
	p.Header().Timestamp = uint32(time.Since(h.began).Microseconds())
	p.Header().DestinationSocketId = to
	if cif == nil {
		p.SetData(make([]byte, 4))
	} else if err := p.MarshalCIF(cif); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := p.Marshal(&out); err != nil {
		return err
	}
	_, err := h.conn.Write(out.Bytes())
	return err
}

// receive waits for a handshake; a refusal is an error.
func (h *hello) receive(ctx context.Context) (*packet.CIFHandshake, error) {
	if err := h.conn.SetReadDeadline(time.Now().Add(helloWait)); err != nil {
		return nil, err
	}
	b := make([]byte, gosrt.MAX_MSS_SIZE)
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n, err := h.conn.Read(b)
		if err != nil {
			return nil, plain(err)
		}
		p, err := packet.NewPacketFromData(h.conn.RemoteAddr(), b[:n])
		if err != nil || !p.Header().IsControlPacket || p.Header().ControlType != packet.CTRLTYPE_HANDSHAKE {
			continue
		}
		answer := &packet.CIFHandshake{}
		err = p.UnmarshalCIF(answer)
		p.Decommission()
		switch {
		case err != nil:
			continue
		case answer.HandshakeType.IsRejection():
			return nil, refused(answer.HandshakeType.Val())
		}
		return answer, nil
	}
}

// conclusion is the second handshake, with all that the listener judges a caller by.
func (h *hello) conclusion(answer *packet.CIFHandshake) (*packet.CIFHandshake, error) {
	delay := uint16(h.address.Latency.Milliseconds())
	cif := &packet.CIFHandshake{
		IsRequest: true, Version: 5, HandshakeType: packet.HSTYPE_CONCLUSION, SynCookie: answer.SynCookie,
		HasHS: true, HasSID: true, StreamId: h.address.StreamID,
		SRTHS: &packet.CIFHandshakeExtension{
			SRTVersion:     gosrt.SRT_VERSION,
			SRTFlags:       packet.CIFHandshakeExtensionFlags{TSBPDSND: true, TSBPDRCV: true, CRYPT: true, TLPKTDROP: true, PERIODICNAK: true, REXMITFLG: true},
			RecvTSBPDDelay: delay, SendTSBPDDelay: delay,
		},
	}
	if h.address.Passphrase == "" {
		return cif, nil
	}
	keys, err := crypto.New(h.address.KeyLength)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	cif.HasKM, cif.SRTKM = true, &packet.CIFKeyMaterialExtension{}
	if err := keys.MarshalKM(cif.SRTKM, h.address.Passphrase, packet.EvenKeyEncrypted); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return cif, nil
}

// plain says in an operator's words why a socket failed.
func plain(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("connection refused: nothing listens there")
	}
	return err
}

// refused is the error of a rejected handshake.
type refused uint32

func (r refused) Error() string {
	if text := refusals[gosrt.RejectionReason(r)]; text != "" {
		return "refused: " + text
	}
	return fmt.Sprintf("refused with code %d", uint32(r))
}

// refusals are the codes that tell an operator something (draft, table 7, and the access control
// guidelines).
var refusals = map[gosrt.RejectionReason]string{
	gosrt.REJ_PEER: "the listener does not want this caller", gosrt.REJ_RESOURCE: "the listener has no room",
	gosrt.REJ_ROGUE: "the listener finds the handshake wrong", gosrt.REJ_BACKLOG: "the listener has no room",
	gosrt.REJ_CLOSE: "the listener is closing", gosrt.REJ_VERSION: "the listener wants another version of SRT",
	gosrt.REJ_BADSECRET: "wrong passphrase", gosrt.REJ_UNSECURE: "one side has a passphrase and the other has none",
	gosrt.REJ_MESSAGEAPI: "the listener is not in live mode", gosrt.REJ_CONGESTION: "the listener is not in live mode",
	gosrt.REJ_FILTER: "the listener wants a packet filter", gosrt.REJX_BAD_REQUEST: "the listener does not understand the stream id",
	gosrt.REJX_UNAUTHORIZED: "not authorised", gosrt.REJX_OVERLOAD: "the listener is overloaded", gosrt.REJX_FORBIDDEN: "forbidden",
	gosrt.REJX_NOTFOUND: "the listener does not know the stream id", gosrt.REJX_BAD_MODE: "the stream cannot be fetched",
}
