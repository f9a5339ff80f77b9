package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Shop makes media in a folder, each file once, and keeps it there for the next run.
type Shop struct {
	dir string

	mutex sync.Mutex
	files map[string]*order
}

// order is a file that is being made, or is there.
type order struct {
	done chan struct{}
	err  error
}

// NewShop works in a folder, which is made where it is not there.
func NewShop(dir string) (*Shop, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Shop{dir: dir, files: map[string]*order{}}, nil
}

// File returns the path of a media file, made now if nobody did before.
func (s *Shop) File(ctx context.Context, m Media) (string, error) {
	if m.none() {
		return "", errors.New("there is no media to make")
	}
	sum := sha256.Sum256([]byte(m.Key))
	path := filepath.Join(s.dir, hex.EncodeToString(sum[:8])+m.Suffix)
	s.mutex.Lock()
	o, known := s.files[path]
	if !known {
		o = &order{done: make(chan struct{})}
		s.files[path] = o
	}
	s.mutex.Unlock()
	if known {
		select {
		case <-o.done:
			return path, o.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	o.err = s.fill(ctx, m, path)
	close(o.done)
	return path, o.err
}

// fill makes a file unless an earlier run left it.
func (s *Shop) fill(ctx context.Context, m Media, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	part := strings.TrimSuffix(path, m.Suffix) + ".part" + m.Suffix
	if err := m.make(ctx, s, part); err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("make %s: %w", m.Key, err)
	}
	return os.Rename(part, path)
}

// FFmpeg runs ffmpeg and returns what it says.
func (s *Shop) FFmpeg(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-nostdin", "-y"}, args...)...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ffmpeg %s: %w: %s", strings.Join(args, " "), err, lastLines(out))
	}
	return string(out), nil
}

// lastLines is the end of what a program said.
func lastLines(out []byte) string {
	const most = 600
	text := strings.TrimSpace(string(out))
	return text[max(len(text)-most, 0):]
}

// encoded is a file that one run of ffmpeg makes. One thread makes the same file everywhere, and
// the cases themselves run side by side.
func encoded(key, suffix string, args []string) Media {
	return Make(key, suffix, func(ctx context.Context, shop *Shop, path string) error {
		_, err := shop.FFmpeg(ctx, append(append([]string{"-v", "error", "-filter_threads", "1"}, args...), "-threads", "1", path)...)
		return err
	})
}

// path is where a real clip lies.
func (c Corpus) path(s Source) string {
	path, err := filepath.Abs(filepath.Join(c.Dir, s.File))
	if err != nil {
		return filepath.Join(c.Dir, s.File)
	}
	return path
}

// keyOf names what is made of a source, wherever the clips lie.
func (c Corpus) keyOf(s Source, args []string) string {
	return strings.ReplaceAll(strings.Join(args, " "), c.path(s), s.File)
}

// number writes a number as ffmpeg reads it.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
