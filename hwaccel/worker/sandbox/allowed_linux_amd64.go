package sandbox

// allowed is every system call that the Go runtime, the C library and the decoders need once they
// are loaded. Opening a file, a socket or a program is not among them.
var allowed = []string{
	// The conversation with the daemon and the files that it passes.
	"read", "readv", "pread64", "write", "writev", "lseek", "close", "fstat", "newfstatat",
	"recvmsg", "sendmsg", "recvfrom", "sendto", "shutdown", "getsockopt", "setsockopt", "getsockname",
	"getpeername", "fcntl", "dup", "dup3",
	// Waiting.
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "pipe2", "poll", "ppoll",
	"futex", "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
	// Memory.
	"mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mincore",
	// Threads. A process made by clone could still do no more than this list.
	"clone", "clone3", "set_robust_list", "rseq", "set_tid_address", "gettid", "getpid", "tgkill",
	"sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
	"membarrier", "arch_prctl", "prctl", "getcpu",
	// Signals and the end.
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "rt_sigtimedwait",
	"timer_create", "timer_settime", "timer_delete", "setitimer",
	"exit", "exit_group", "restart_syscall",
	// Harmless questions.
	"getrandom", "uname", "getuid", "geteuid", "getgid", "getegid", "getrusage", "getrlimit",
	"prlimit64", "sysinfo", "getpgrp", "times",
}
