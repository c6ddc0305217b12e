package netproxy

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

// sleeper sleeps on a timerfd in the runtime's poller; see the package comment for why. The
// descriptor is made at the first sleep: most proxies never delay anything.
type sleeper struct {
	timer *os.File
	fd    uintptr
	spec  [2]syscall.Timespec // struct itimerspec: interval, value
	ticks [8]byte
}

// sleep returns after d, which is positive. Where the kernel gives no timer, it is only as exact
// as time.Sleep.
func (s *sleeper) sleep(d time.Duration) {
	if s.timer == nil && !s.open() {
		time.Sleep(d)
		return
	}
	s.spec[1] = syscall.NsecToTimespec(int64(d))
	_, _, errno := syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, s.fd, 0,
		uintptr(unsafe.Pointer(&s.spec)), 0, 0, 0)
	if errno != 0 {
		time.Sleep(d)
		return
	}
	_, _ = s.timer.Read(s.ticks[:])
}

func (s *sleeper) open() bool {
	const clockMonotonic = 1
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic,
		syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return false
	}
	s.fd, s.timer = fd, os.NewFile(fd, "timerfd") // non-blocking, so Read waits in the poller
	return true
}

func (s *sleeper) close() {
	if s.timer != nil {
		_ = s.timer.Close()
	}
}
