//go:build cgo && (amd64 || arm64)

package odbc

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
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

// leftAlone hangs a thread up while something that it does waits, and fails if
// that ends the wait before release does.
func leftAlone(t *testing.T, th *thread, ended <-chan struct{}, release int) {
	t.Helper()
	for range 20 {
		th.hangUp()
		time.Sleep(time.Millisecond)
	}
	select {
	case <-ended:
		t.Error("the wait has ended")
	default:
	}
	if _, err := syscall.Write(release, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestAWaitForSomethingElseIsLeftAlone(t *testing.T) {
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = syscall.Close(pipe[0]), syscall.Close(pipe[1]) })
	var th thread
	ended := waiting(&th, func() { _, _ = syscall.Read(pipe[0], make([]byte, 1)) })
	leftAlone(t, &th, ended, pipe[1])
}

// A thread goes on to other work when its call has returned.
func TestAThreadIsLeftAloneAfterItsCall(t *testing.T) {
	mine, other := pair(t)
	var th thread
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		th.enter()
		th.leave()
		_, _ = syscall.Read(mine, make([]byte, 1))
	}()
	leftAlone(t, &th, ended, other)
}

func TestACallThatCannotBeHungUpKeepsNoRoomFromOthers(t *testing.T) {
	o := Options{MaxAbandoned: 2, Pool: drivers.PoolOptions{CancelGrace: 100 * time.Millisecond}}
	p := &pool{dialect: sqlite, opts: o}
	release := make(chan struct{})
	mine, _ := pair(t)
	giveUpJob(t, newWorker(p, func() {}), func() error { <-release; return nil })
	giveUpJob(t, newWorker(p, func() {}), func() error {
		_, err := syscall.Read(mine, make([]byte, 1))
		return err
	})
	if err := p.makeRoom(t.Context()); err != nil {
		t.Errorf("with a call that waits for a network: %v", err)
	}
	close(release)
	p.workers.Wait()
}
