package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// longestSecret bounds what is read: a private key is smaller.
const longestSecret = 64 << 10

// Secret reads a credential: a name that systemd provides in $CREDENTIALS_DIRECTORY, or the
// absolute path of a file. The newline at its end is not part of it.
func Secret(name string) (string, error) {
	path := name
	if !filepath.IsAbs(name) {
		if name == "" || name != filepath.Base(name) || name == "." || name == ".." {
			return "", fmt.Errorf("%q is not the name of a credential: it has no slashes; the path of a file begins with /", shorten(name))
		}
		directory := os.Getenv("CREDENTIALS_DIRECTORY")
		if directory == "" {
			return "", fmt.Errorf("credential %s: this process got none: run it under systemd with LoadCredential=%s:FILE, or name a file by its absolute path", name, name)
		}
		path = filepath.Join(directory, name)
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && path != name:
		return "", fmt.Errorf("credential %s: systemd provided no such one: add LoadCredential=%s:FILE to the service", name, name)
	case err != nil:
		return "", fmt.Errorf("credential %s: %w", name, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestSecret+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("credential %s: %w", name, err)
	case len(text) > longestSecret:
		return "", fmt.Errorf("credential %s is longer than %s: this is not a secret", name, Size(longestSecret))
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("credential %s is empty", name)
	}
	return secret, nil
}

// Load reads the certificate and its key.
func (t TLS) Load() (tls.Certificate, error) {
	var none tls.Certificate
	chain, err := os.ReadFile(t.Certificate)
	if err != nil {
		return none, fmt.Errorf("read the certificate of the listeners: %w", err)
	}
	key, err := Secret(t.KeyCredential)
	if t.KeyCredential == "" {
		var text []byte
		text, err = os.ReadFile(t.Key)
		key = string(text)
	}
	if err != nil {
		return none, fmt.Errorf("read the key of certificate %s: %w", t.Certificate, err)
	}
	pair, err := tls.X509KeyPair(chain, []byte(key))
	if err != nil {
		return none, fmt.Errorf("certificate %s and its key are not usable: %w", t.Certificate, err)
	}
	return pair, nil
}
