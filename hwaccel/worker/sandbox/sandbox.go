// Package sandbox shuts a worker in before it looks at hostile media: no network, no new program,
// no file that was not handed to it, and a limit on its memory. What the worker loads, it must
// have loaded before Enter.
package sandbox

import (
	"fmt"
	"strings"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// Enter shuts the calling process in, all of its threads, for good. memory bounds its data in
// bytes, 0 for no bound. It returns what the kernel granted: an old kernel without Landlock gives
// less, and that is told, not refused; without seccomp it is refused.
func Enter(memory int64) (string, error) {
	if err := limit(memory); err != nil {
		return "", err
	}
	granted := []string{"rlimits"}
	// Before seccomp, which forbids the calls that Landlock is set up with.
	if level, err := restrictFiles(); err != nil {
		return "", fmt.Errorf("restrict files: %w", err)
	} else if level != "" {
		granted = append(granted, level)
	}
	filter := seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			// Refused, not killed: a library that asks for something needless goes on without it.
			DefaultAction: seccomp.ActionErrno,
			Syscalls:      []seccomp.SyscallGroup{{Action: seccomp.ActionAllow, Names: allowed}},
		},
	}
	if err := seccomp.LoadFilter(filter); err != nil {
		return "", fmt.Errorf("restrict system calls: %w", err)
	}
	return strings.Join(append(granted, "seccomp"), ", "), nil
}

func limit(memory int64) error {
	limits := map[int]uint64{
		unix.RLIMIT_CORE:   0, // a core file would hold pictures
		unix.RLIMIT_FSIZE:  0,
		unix.RLIMIT_NOFILE: 64,
	}
	if memory > 0 {
		limits[unix.RLIMIT_DATA] = uint64(memory)
	}
	for what, value := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("set resource limit %d: %w", what, err)
		}
	}
	return nil
}

// restrictFiles forbids every path and every TCP port, as far as the kernel can. The descriptors
// that the daemon passes are not affected.
func restrictFiles() (string, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 { // not in this kernel, or not switched on: then there is less, and that is told
		return "", nil //nolint:nilerr // as said above
	}
	if err := landlock.V5.BestEffort().Restrict(); err != nil {
		return "", err
	}
	return fmt.Sprintf("landlock %d", abi), nil
}
