package hls

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
)

// keys keeps the key that is in use, which is the same for many segments.
type keys struct {
	uri string
	key []byte
}

// open decrypts a segment (RFC 8216, 4.3.2.4): AES-128 in CBC mode over the whole of it. base is what
// the key's URI is relative to.
func (k *keys) open(ctx context.Context, f *fetcher, base *url.URL, use *key, sequence int, b []byte) ([]byte, error) {
	if use.method != "AES-128" {
		return nil, refusal(fmt.Sprintf("the segments are encrypted by %s, which cannot be looked into: give us a stream in the clear or with AES-128", clip(use.method)))
	}
	u, err := resolve(base, use.uri)
	if err != nil {
		return nil, err
	}
	if k.uri != u.String() {
		key, _, err := f.get(ctx, u, resource{length: -1}, 1<<10, f.opt.Opening)
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		if len(key) != 16 {
			return nil, fmt.Errorf("key: %d bytes, and AES-128 has 16", len(key))
		}
		k.uri, k.key = u.String(), key
	}
	iv := use.iv
	if iv == nil {
		iv = binary.BigEndian.AppendUint64(make([]byte, 8), uint64(sequence))
	}
	return decrypt(k.key, iv, b)
}

// decrypt undoes AES-128-CBC with the padding of PKCS #7, in place.
func decrypt(key, iv, b []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil, errors.New("an encrypted segment of broken length")
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, errors.New("an encrypted segment that its key does not open")
	}
	return b[:len(b)-pad], nil
}

// refusal is a reason for which going on is in vain.
type refusal string

func (r refusal) Error() string { return string(r) }
