// Package snmp sends messages as notifications of VEDETTE-MIB: traps, or informs, which the receiver
// acknowledges; SNMP v2c and v3 (RFC 3416, RFC 3414).
package snmp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/web"
)

// Sink sends to one receiver.
type Sink struct {
	settings *config.SNMP
	secret   web.Secrets
	engine   string // of this daemon, as bytes
	client   *gosnmp.GoSNMP
	began    time.Time
}

// New makes the sink of a receiver.
func New(c *config.SNMP, site string, secret web.Secrets) (*Sink, error) {
	for _, name := range []string{c.CommunityCredential, c.AuthCredential, c.PrivacyCredential} {
		if name == "" {
			continue
		}
		if _, err := secret(name); err != nil {
			return nil, err
		}
	}
	s := &Sink{settings: c, secret: secret, began: time.Now()}
	engine, err := hex.DecodeString(c.EngineID)
	if err != nil || len(engine) > 32 {
		return nil, fmt.Errorf("engine_id %q is not 5 to 32 bytes in hex", c.EngineID)
	}
	if len(engine) == 0 { // RFC 3411: enterprise (net-snmp's), then 4 for text made by an administrator
		sum := sha256.Sum256([]byte(site))
		engine = append([]byte{0x80, 0, 0x1f, 0x88, 4}, "vedette-"+hex.EncodeToString(sum[:6])...)
	}
	s.engine = string(engine)
	return s, nil
}

// Render writes the variables of each notification, one a line: OID, type and value.
func (s *Sink) Render(batch []forward.Message) ([]forward.Draft, error) {
	var drafts []forward.Draft
	for _, m := range batch {
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: []byte(strings.Join(variables(m), "\n")), Media: "text/plain", To: s.settings.Address})
	}
	return drafts, nil
}

// Carry sends the variables of a parcel.
func (s *Sink) Carry(ctx context.Context, p forward.Parcel) (forward.Receipt, error) {
	pdus, err := parse(string(p.Body()))
	if err != nil {
		return forward.Receipt{}, forward.Refused(err)
	}
	if err := s.connect(ctx); err != nil {
		return forward.Receipt{}, err
	}
	s.client.Context = ctx
	if deadline, ok := ctx.Deadline(); ok {
		s.client.Timeout = time.Until(deadline) / 3 // two tries and some time to spare: a datagram may be lost
	}
	uptime := gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(time.Since(s.began) / (10 * time.Millisecond))}
	answer, err := s.client.SendTrap(gosnmp.SnmpTrap{Variables: append([]gosnmp.SnmpPDU{uptime}, pdus...), IsInform: s.settings.Inform})
	if err == nil && s.settings.Inform && (answer == nil || answer.Error != gosnmp.NoError) {
		err = errors.New("the receiver did not take it")
	}
	if err != nil {
		s.drop()
		return forward.Receipt{}, fmt.Errorf("%s: %w", s.settings.Address, err)
	}
	return forward.Receipt{}, nil
}

func (s *Sink) connect(ctx context.Context) error {
	if s.client != nil {
		return nil
	}
	host, port, err := net.SplitHostPort(s.settings.Address)
	number, wrong := strconv.ParseUint(port, 10, 16)
	if err != nil || wrong != nil {
		return fmt.Errorf("%s is no address", s.settings.Address)
	}
	client := &gosnmp.GoSNMP{Target: host, Port: uint16(number), Transport: "udp", Version: gosnmp.Version2c, Context: ctx, Timeout: 3 * time.Second, Retries: 1, MaxOids: gosnmp.MaxOids}
	if s.settings.Version == "v3" {
		err = s.user(client)
	} else {
		client.Community, err = s.secret(s.settings.CommunityCredential)
	}
	if err != nil {
		return err
	}
	if err := client.Connect(); err != nil {
		return fmt.Errorf("%s: %w", s.settings.Address, err)
	}
	s.client = client
	return nil
}

var authentications = map[string]gosnmp.SnmpV3AuthProtocol{
	"MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA224": gosnmp.SHA224, "SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512,
}

var privacies = map[string]gosnmp.SnmpV3PrivProtocol{
	"DES": gosnmp.DES, "AES": gosnmp.AES, "AES192": gosnmp.AES192, "AES256": gosnmp.AES256,
}

// user sets the user of v3. Of a trap the sender is the authority, of an inform the receiver.
func (s *Sink) user(client *gosnmp.GoSNMP) error {
	c := s.settings
	usm := &gosnmp.UsmSecurityParameters{UserName: c.User}
	client.Version, client.SecurityModel, client.MsgFlags = gosnmp.Version3, gosnmp.UserSecurityModel, gosnmp.NoAuthNoPriv
	var err error
	if c.AuthCredential != "" {
		client.MsgFlags, usm.AuthenticationProtocol = gosnmp.AuthNoPriv, authentications[c.Auth]
		if usm.AuthenticationPassphrase, err = s.secret(c.AuthCredential); err != nil {
			return err
		}
	}
	if c.PrivacyCredential != "" {
		client.MsgFlags, usm.PrivacyProtocol = gosnmp.AuthPriv, privacies[c.Privacy]
		if usm.PrivacyPassphrase, err = s.secret(c.PrivacyCredential); err != nil {
			return err
		}
	}
	if !c.Inform {
		usm.AuthoritativeEngineID, usm.AuthoritativeEngineBoots = s.engine, 1
		usm.AuthoritativeEngineTime = uint32(time.Now().Unix() & 0x7fffffff)
	}
	client.SecurityParameters = usm
	return nil
}

func (s *Sink) drop() {
	if s.client != nil && s.client.Conn != nil {
		s.client.Conn.Close()
	}
	s.client = nil
}

// Close ends the socket.
func (s *Sink) Close() error {
	s.drop()
	return nil
}
