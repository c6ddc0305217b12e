package main

import (
	"runtime"
	"syscall"
)

func init() {
	// The kernel's parent-death signals follow threads, not processes: the main
	// goroutine, which starts everything, must stay on the thread that lives longest.
	runtime.LockOSThread()
}

// prSetPdeathsig is PR_SET_PDEATHSIG of prctl(2).
const prSetPdeathsig = 1

// dieWithParent lets the kernel send us SIGTERM when our parent ends: `go run`
// does not pass SIGTERM on, and would leave the testbed and its servers running.
func dieWithParent() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetPdeathsig, uintptr(syscall.SIGTERM), 0)
}

// commandAttr are the attributes of the command: it ends when we are killed.
func commandAttr(ownGroup bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: ownGroup, Pdeathsig: syscall.SIGTERM}
}
