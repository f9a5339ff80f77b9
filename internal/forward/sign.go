package forward

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader is the header that carries a signature.
const SignatureHeader = "Vedette-Signature"

// signatureAge is how old a signature may be for a receiver.
const signatureAge = 5 * time.Minute

// Sign returns the signature of a body: "t=SECONDS,v1=HEX", the HMAC-SHA256 (RFC 2104) of the
// seconds since 1970, a dot and the body. The time keeps others from sending it again later.
func Sign(secret string, body []byte, now time.Time) string {
	t := strconv.FormatInt(now.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret, t string, body []byte) []byte {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(t + "."))
	sum.Write(body)
	return sum.Sum(nil)
}

// CheckSignature tells how a signature is not that of a body. now may be zero: then its age does
// not matter.
func CheckSignature(signature, secret string, body []byte, now time.Time) error {
	t, rest, ok := strings.Cut(strings.TrimPrefix(signature, "t="), ",v1=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	given, wrong := hex.DecodeString(rest)
	if !ok || err != nil || wrong != nil {
		return errors.New("the signature cannot be read: it is t=SECONDS,v1=HEX")
	}
	if age := now.Sub(time.Unix(seconds, 0)); !now.IsZero() && age.Abs() > signatureAge {
		return fmt.Errorf("the signature is %s old", age.Round(time.Second))
	}
	if !hmac.Equal(given, mac(secret, t, body)) {
		return errors.New("the signature is not that of the body")
	}
	return nil
}
