//go:build cgo && (amd64 || arm64)

package odbc

import (
	"encoding/binary"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

const canHangUp = true

// thread tells on which of the process's threads a call to the ODBC driver is
// under way, and so which socket the call waits for: Linux says in which system
// call a thread is. No ODBC driver hands its sockets out, least of all those with
// which it connects or cancels.
type thread struct {
	calls uint32        // how many there have been; the caller's own
	mark  atomic.Uint64 // the number of the call, below it the thread's id; 0: none
}

// enter begins a call, on the thread that it keeps until leave.
func (t *thread) enter() {
	runtime.LockOSThread()
	t.calls++
	t.mark.Store(uint64(t.calls)<<32 | uint64(uint32(syscall.Gettid())))
}

func (t *thread) leave() {
	t.mark.Store(0)
	runtime.UnlockOSThread()
}

// hangUp shuts the socket that the call waits for, so that the wait ends as if the
// other side had closed the connection.
//
// The call may return at any time, and the number of its socket may then become
// another's. So what is shut is a duplicate, and only after a second look: if the
// same call still waits for the same number, the duplicate is of its socket.
func (t *thread) hangUp() {
	mark := t.mark.Load()
	if mark == 0 {
		return
	}
	id := int(uint32(mark))
	for _, fd := range waitsFor(id) {
		own, err := duplicate(fd)
		if err != nil {
			continue
		}
		if slices.Contains(waitsFor(id), fd) && t.mark.Load() == mark {
			_ = syscall.Shutdown(own, syscall.SHUT_RDWR) // fails for what is not a socket
		}
		_ = syscall.Close(own)
	}
}

func duplicate(fd int) (int, error) {
	own, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(own), nil
}

// waitsFor are the file descriptors that the system call of a thread is about,
// if it is one that waits for a network: see proc_pid_syscall(5).
func waitsFor(id int) []int {
	text, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(id) + "/syscall")
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return nil // it runs
	}
	number, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return nil
	}
	first, second := argument(fields[1]), argument(fields[2])
	switch {
	case slices.Contains(polls, number):
		return polled(int64(first), int(second))
	case slices.Contains(transfers, number):
		return []int{int(first)}
	}
	return nil
}

func argument(hex string) uint64 {
	n, err := strconv.ParseUint(hex, 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// polls wait for several descriptors, an array of which is the first argument.
var polls = map[string][]uint64{
	"amd64": {7, syscall.SYS_PPOLL}, // poll has no number on arm64
	"arm64": {syscall.SYS_PPOLL},
}[runtime.GOARCH]

// transfers wait for the descriptor that is their first argument.
var transfers = []uint64{
	syscall.SYS_READ, syscall.SYS_READV, syscall.SYS_RECVFROM, syscall.SYS_RECVMSG,
	syscall.SYS_WRITE, syscall.SYS_WRITEV, syscall.SYS_SENDTO, syscall.SYS_SENDMSG, syscall.SYS_CONNECT,
}

// polled reads an array of struct pollfd. It lies in the stack of a thread that may
// return at any time: to read it from the file of the memory is an error then,
// and not a crash.
func polled(at int64, n int) (fds []int) {
	const size, most = 8, 16
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil
	}
	defer func() { _ = memory.Close() }() // only read
	array := make([]byte, size*max(0, min(n, most)))
	if _, err := memory.ReadAt(array, at); err != nil {
		return nil
	}
	for entry := range slices.Chunk(array, size) {
		if fd := int32(binary.NativeEndian.Uint32(entry)); fd >= 0 { // a negative one is not looked at
			fds = append(fds, int(fd))
		}
	}
	return fds
}
