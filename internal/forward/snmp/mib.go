package snmp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"

	"github.com/vedette-av/vedette/internal/forward"
)

// The objects of VEDETTE-MIB. Its place is net-snmp's for what has no number of its own.
const (
	root          = ".1.3.6.1.4.1.8072.9999.9999.8650"
	notifications = root + ".0"
	objects       = root + ".1"
	trapOID       = ".1.3.6.1.6.3.1.1.4.1.0"
)

// notification is the number of each type in the MIB.
var notification = map[forward.Type]int{
	forward.Opened: 1, forward.Updated: 2, forward.Closed: 3, forward.Acknowledged: 4, forward.StillOpen: 5,
	forward.GroupOpened: 6, forward.GroupUpdated: 6, forward.GroupClosed: 6, forward.GroupAcked: 6,
	forward.NoticeType: 7, forward.TestType: 7, forward.Beat: 8, forward.DigestType: 9,
}

// longest is how long a text of the MIB is, in bytes: a notification fits a datagram that is not
// fragmented.
const longest = 400

// variables are those of a message: its notification, then its objects.
func variables(m forward.Message) []string {
	lines := []string{fmt.Sprintf("%s oid %s.%d", trapOID, notifications, notification[m.Type()])}
	text := func(number int, value string) {
		lines = append(lines, fmt.Sprintf("%s.%d.0 text %s", objects, number, trim(value)))
	}
	number := func(at int, value int) {
		lines = append(lines, fmt.Sprintf("%s.%d.0 number %d", objects, at, value))
	}
	b := m.Body()
	text(1, m.ID())
	text(2, m.Site())
	number(3, int(m.Severity()))
	text(4, m.Title())
	if i := b.Incident; i != nil {
		text(5, i.ID)
		text(6, i.Feed)
		text(7, i.Kind)
		text(8, i.Began.Format(time.RFC3339Nano))
		number(9, int(i.Seconds))
		text(10, i.Detail)
	}
	if b.Digest != nil {
		text(6, b.Feed)
	}
	return lines
}

// trim cuts a text at the end of a character.
func trim(text string) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if len(text) <= longest {
		return text
	}
	text = text[:longest]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

// parse reads what variables writes.
func parse(body string) ([]gosnmp.SnmpPDU, error) {
	var pdus []gosnmp.SnmpPDU
	for line := range strings.SplitSeq(body, "\n") {
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("a variable cannot be read: %q", line)
		}
		pdu := gosnmp.SnmpPDU{Name: parts[0]}
		switch parts[1] {
		case "oid":
			pdu.Type, pdu.Value = gosnmp.ObjectIdentifier, parts[2]
		case "text":
			pdu.Type, pdu.Value = gosnmp.OctetString, []byte(parts[2])
		case "number":
			n, err := strconv.Atoi(parts[2])
			if err != nil {
				return nil, fmt.Errorf("a number cannot be read: %w", err)
			}
			pdu.Type, pdu.Value = gosnmp.Integer, n
		default:
			return nil, fmt.Errorf("a variable of no type: %q", line)
		}
		pdus = append(pdus, pdu)
	}
	return pdus, nil
}
