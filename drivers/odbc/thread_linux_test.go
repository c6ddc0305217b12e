//go:build cgo && (amd64 || arm64)

package odbc

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func pair(t *testing.T) (mine, other int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = syscall.Close(fds[0]), syscall.Close(fds[1]) })
	return fds[0], fds[1]
}

// waiting runs a call on a thread; ended closes when it has returned.
func waiting(th *thread, call func()) (ended chan struct{}) {
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		th.enter()
		defer th.leave()
		call()
	}()
	return ended
}

func TestAWaitForASocketIsEnded(t *testing.T) {
	for name, call := range map[string]func(fd int){
		"read":     func(fd int) { _, _ = syscall.Read(fd, make([]byte, 1)) },
		"recvfrom": func(fd int) { _, _, _ = syscall.Recvfrom(fd, make([]byte, 1), 0) },
	} {
		mine, _ := pair(t)
		var th thread
		ended := waiting(&th, func() { call(mine) })
		for range 2000 {
			th.hangUp()
			select {
			case <-ended:
			case <-time.After(time.Millisecond):
				continue
			}
			break
		}
		select {
		case <-ended:
		default:
			t.Fatalf("%s does not return", name)
		}
	}
}

// What no call waits for is left alone: other sockets, and those of a thread whose
// call has returned.
func TestNothingElseIsShut(t *testing.T) {
	mine, other := pair(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = read.Close(), write.Close() }()
	var th thread
	th.hangUp() // no call yet
	file := int(read.Fd())
	one := make([]byte, 1)
	ended := waiting(&th, func() { _, _ = syscall.Read(file, make([]byte, 1)) })
	for range 20 {
		th.hangUp()
		time.Sleep(time.Millisecond)
	}
	select {
	case <-ended:
		t.Error("the wait for a pipe has ended")
	default:
	}
	if _, err := write.Write(one); err != nil {
		t.Error(err)
	}
	<-ended
	th.hangUp()
	if _, err := syscall.Write(mine, one); err != nil {
		t.Errorf("a socket that nobody waited for: %v", err)
	}
	if n, err := syscall.Read(other, one); n != 1 {
		t.Errorf("its other end: %d, %v", n, err)
	}
}
