package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

const (
	programName  = "vedette-worker"
	installedDir = "/usr/lib/vedette"

	helloWithin = 5 * time.Second // a loaded machine loads libraries slowly
	leaveWithin = time.Second     // from the end of the conversation to the end of the process
)

// Program is how workers are started.
type Program struct {
	Path        string // of the executable; see Find
	Version     string // the daemon's own; a worker of another one is refused
	MemoryLimit int64  // bytes of data that a worker may hold; 0 for no limit
	Threads     int    // of each software decoder; 0 for one
}

// Find returns the path of the worker: the one given, else the one beside the running program,
// else the installed one.
func Find(given string) (string, error) {
	if given != "" {
		if err := executable(given); err != nil {
			return "", fmt.Errorf("worker %s: %w (set worker.path to the vedette-worker of this version)", given, err)
		}
		return given, nil
	}
	var tried []string
	if self, err := os.Executable(); err == nil {
		tried = append(tried, filepath.Join(filepath.Dir(self), programName))
	}
	tried = append(tried, filepath.Join(installedDir, programName))
	for _, path := range tried {
		if executable(path) == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is missing: not found as %s; reinstall vedette, or set worker.path",
		programName, strings.Join(tried, " or "))
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Unwrap(err)
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return errors.New("not an executable file")
	}
	return nil
}

// workerEnvironment holds nothing of the daemon's, secrets least of all. Nearly all of a worker's
// time goes by inside C, where the signals of the Go scheduler only get in the way (7 % of it); what
// there is of Go comes to a safe point soon enough.
var workerEnvironment = []string{"LANG=C", "GODEBUG=asyncpreemptoff=1"}

// Process is one running worker. Send, Play and Drain may be called from one goroutine while
// another calls Receive.
type Process struct {
	Decoder string // library and version, as the worker said
	Sandbox string

	cmd    *exec.Cmd
	wire   *wire
	stderr *firstLine
	known  map[int]capture.Format // formats that the worker was told, by track

	samples sampleReader
	bounded bool // a read deadline is set

	ending sync.Once
	end    error
}

// Start runs a worker and hears its first word. The caller must Stop it.
func (g Program) Start(ctx context.Context) (*Process, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket pair: %w", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "worker")
	defer theirs.Close()
	conn, err := unixConn(pair[0])
	if err != nil {
		return nil, err
	}
	w, err := newWire(conn, maxToDaemon, false)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	p := &Process{wire: w, stderr: &firstLine{}, known: map[int]capture.Format{}}
	//nolint:noctx // it ends with its conversation, and must outlive the context of its start
	p.cmd = exec.Command(g.Path, strconv.FormatInt(g.MemoryLimit, 10), strconv.Itoa(max(g.Threads, 1)))
	p.cmd.ExtraFiles = []*os.File{theirs}
	p.cmd.Stderr = p.stderr
	p.cmd.Env = workerEnvironment
	p.cmd.Dir = "/"
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is for the daemon
	if err := p.cmd.Start(); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	if err := p.greet(ctx, g); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

func unixConn(descriptor int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(descriptor), "daemon")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("open the socket pair: %w", err)
	}
	return conn.(*net.UnixConn), nil
}

// greet waits for the worker's hello and refuses a worker of another version.
func (p *Process) greet(ctx context.Context, g Program) error {
	stop := context.AfterFunc(ctx, func() { _ = p.wire.conn.SetReadDeadline(time.Now()) })
	defer stop()
	if err := p.wire.conn.SetReadDeadline(time.Now().Add(helloWithin)); err != nil {
		return fmt.Errorf("set read deadline: %w", err)
	}
	k, body, file, err := p.wire.read()
	closeIfOpen(file)
	if err != nil {
		return fmt.Errorf("the worker %s did not say hello: %w", g.Path, err)
	}
	var hello helloMessage
	if k != kindHello || p.wire.decode.Unmarshal(body, &hello) != nil {
		return fmt.Errorf("%s is not a worker of this program; reinstall vedette", g.Path)
	}
	if hello.Version != g.Version {
		return fmt.Errorf("worker %s is version %s, the daemon is version %s: install both from the same package",
			g.Path, oneLine(hello.Version), g.Version)
	}
	p.Decoder, p.Sandbox = oneLine(hello.Decoder), oneLine(hello.Sandbox)
	return p.wire.conn.SetReadDeadline(time.Time{})
}

// PID returns the process number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Send hands over one packet. It waits while the worker is behind, for timeout at most (0: for
// ever).
func (p *Process) Send(packet capture.Packet, timeout time.Duration) error {
	m := packetMessage{
		Track: packet.Track, Data: packet.Data, At: packet.At, PTS: packet.PTS, DTS: packet.DTS,
		Key: packet.Key, Lost: packet.Lost, Corrupt: packet.Corrupt,
	}
	if known, ok := p.known[packet.Track]; !ok || known != packet.Format {
		p.known[packet.Track] = packet.Format
		m.Format = &packet.Format
	}
	return p.wire.write(kindPacket, m, nil, timeout)
}

// Play hands over a file for the worker to read; the file still belongs to the caller.
func (p *Process) Play(file *os.File, name string, play Play) error {
	return p.wire.write(kindPlay, playMessage{name, play}, file, helloWithin)
}

// Drain asks for what the decoders still hold; Done follows.
func (p *Process) Drain() error { return p.wire.write(kindDrain, struct{}{}, nil, helloWithin) }

// Event is one thing that a worker said; one exported field is set, or none. A sample is valid until
// the next event is received: its memory is used again.
type Event struct {
	Sample   *detectors.Sample
	Report   *Report
	Contents *Contents
	Done     *Done
	handled  uint64 // packets that the worker is done with; 0 where it does not say
}

// Done is how an input ended.
type Done struct {
	Err      error // nil where it ended well
	BadInput bool  // nothing could be measured
}

// Receive returns what the worker says next. It waits for timeout at most (0: for ever).
func (p *Process) Receive(timeout time.Duration) (Event, error) {
	if timeout > 0 || p.bounded {
		var deadline time.Time
		if p.bounded = timeout > 0; p.bounded {
			deadline = time.Now().Add(timeout)
		}
		if err := p.wire.conn.SetReadDeadline(deadline); err != nil {
			return Event{}, fmt.Errorf("set read deadline: %w", err)
		}
	}
	k, body, file, err := p.wire.read()
	closeIfOpen(file)
	if err != nil {
		return Event{}, err
	}
	return p.decode(k, body)
}

func (p *Process) decode(k kind, body []byte) (Event, error) {
	var e Event
	var err error
	switch k {
	case kindSample:
		e.Sample, e.handled, err = p.samples.read(body)
	case kindReport:
		e.Report = &Report{}
		err = p.wire.decode.Unmarshal(body, e.Report)
		e.Report.clean()
	case kindTracks:
		e.Contents = &Contents{}
		err = p.wire.decode.Unmarshal(body, e.Contents)
		e.Contents.clean()
	case kindHandled:
		var m handledMessage
		err = p.wire.decode.Unmarshal(body, &m)
		e.handled = m.Packets
	case kindDone:
		var m doneMessage
		err = p.wire.decode.Unmarshal(body, &m)
		e.Done = &Done{BadInput: m.BadInput}
		if m.Error != "" {
			e.Done.Err = errors.New(oneLine(m.Error))
		}
	default:
		err = errors.New("not known")
	}
	if err != nil {
		return Event{}, fmt.Errorf("message %d from the worker: %w", k, err)
	}
	return e, nil
}

// Stop ends the conversation, gives the worker a moment to leave, and says how it ended: nil for a
// clean exit, else one line such as "killed by SIGSEGV".
func (p *Process) Stop() error { return p.leave(leaveWithin) }

// Kill ends the worker at once.
func (p *Process) Kill() error { return p.leave(0) }

func (p *Process) leave(within time.Duration) error {
	p.ending.Do(func() {
		_ = p.wire.conn.Close()
		killer := time.AfterFunc(within, func() { _ = p.cmd.Process.Kill() })
		err := p.cmd.Wait()
		killer.Stop()
		p.end = p.describe(err)
	})
	return p.end
}

func (p *Process) describe(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	how := exit.String()
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		how = "killed by " + unix.SignalName(status.Signal())
	}
	if said := p.stderr.String(); said != "" {
		how += ": " + said
	}
	return errors.New(how)
}

// CPU returns the processor time that a stopped worker used.
func (p *Process) CPU() time.Duration {
	if p.cmd.ProcessState == nil {
		return 0
	}
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// PeakMemory returns the largest resident size of a stopped worker, in bytes.
func (p *Process) PeakMemory() int64 {
	if p.cmd.ProcessState == nil {
		return 0
	}
	usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}

// firstLine keeps the first line of what a dying worker wrote: the Go runtime and the C library
// both name the reason first and then go on at length.
type firstLine struct {
	mu   sync.Mutex
	text []byte
}

var _ io.Writer = (*firstLine)(nil)

func (l *firstLine) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxText - len(l.text); room > 0 {
		l.text = append(l.text, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func (l *firstLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, _, _ := strings.Cut(strings.TrimSpace(string(l.text)), "\n")
	return oneLine(first)
}
