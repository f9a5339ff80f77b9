package config

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// longestName keeps the id of an incident (feed/kind/began) short.
const longestName = 64

// ValidName tells why a name cannot be that of a feed: it becomes part of ids, addresses and
// subjects, so it is made of a to z, 0 to 9, "-", "_" and ".", and is at most 64 characters long.
func ValidName(name string) error {
	if name == "" {
		return errors.New("is missing: every feed needs a name")
	}
	if len(name) > longestName {
		return fmt.Errorf("%q has %d characters: at most %d are allowed", shorten(name), len(name), longestName)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r) {
			return fmt.Errorf("%q cannot be a name: %q is none of a to z, 0 to 9, -, _ and dot", shorten(name), r)
		}
	}
	if name[0] == '.' {
		return fmt.Errorf("%q cannot be a name: it begins with a dot", name)
	}
	return nil
}

// smallestBus holds every open incident and the changes since the last time they were kept.
const smallestBus = 64 * MiB

// smallestWorker is what a decoder needs to start.
const smallestWorker = 64 * MiB

// checkProcess checks what concerns the daemon as a whole.
func (t *tree) checkProcess(c *Config) Problems {
	var problems Problems
	bad := func(path, format string, args ...any) {
		problems = append(problems, t.at(path, fmt.Sprintf(format, args...)))
	}
	if !filepath.IsAbs(c.StateDirectory) {
		bad("state_directory", "%q is not an absolute path: begin it with /", shorten(c.StateDirectory))
	}
	if c.API.Listen != "" {
		if err := address(c.API.Listen); err != nil {
			bad("api.listen", "%s: write host:port, such as %s", err, DefaultListen)
		}
	}
	if c.Worker.Path != "" && !filepath.IsAbs(c.Worker.Path) {
		bad("worker.path", "%q is not an absolute path: begin it with /", shorten(c.Worker.Path))
	}
	if c.Worker.MemoryLimit != 0 && c.Worker.MemoryLimit < smallestWorker {
		bad("worker.memory_limit", "%s is too little to decode in: give at least %s, or 0 for no limit", c.Worker.MemoryLimit, smallestWorker)
	}
	if c.Bus.MaxSize < smallestBus {
		bad("bus.max_size", "%s is too little: give at least %s", c.Bus.MaxSize, smallestBus)
	}
	if c.Bus.MaxAge < time.Hour {
		bad("bus.max_age", "%s is too short: give at least 1h", c.Bus.MaxAge)
	}
	if c.Egress.Digest != 0 && (c.Egress.Digest < 10*time.Second || c.Egress.Digest > 24*time.Hour) {
		bad("egress.digest", "%s is not from 10s to 24h; 0 sends none", c.Egress.Digest)
	}
	if c.Egress.Message < 4*KiB || c.Egress.Message > 256*KiB {
		bad("egress.largest_message", "%s is not from 4KiB to 256KiB", c.Egress.Message)
	}
	if c.Egress.Budget < MiB {
		bad("egress.budget", "%s is too little: give at least 1MiB", c.Egress.Budget)
	}
	switch has := c.TLS.Key != ""; {
	case has && c.TLS.KeyCredential != "":
		bad("tls", "has both key and key_credential: keep one")
	case c.TLS.Certificate == "" && (has || c.TLS.KeyCredential != ""):
		bad("tls", "has a key and no certificate: add certificate")
	case c.TLS.Certificate != "" && !has && c.TLS.KeyCredential == "":
		bad("tls", "has a certificate and no key: add key or key_credential")
	}
	return problems
}

// address checks host:port; the host may be empty for all addresses.
func address(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is no address", shorten(text))
	}
	if number, err := strconv.Atoi(port); err != nil || number < 0 || number > 65535 {
		return fmt.Errorf("%q has no usable port", shorten(text))
	}
	return nil
}
