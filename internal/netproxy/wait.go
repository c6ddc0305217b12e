package netproxy

import (
	"runtime"
	"time"
)

const (
	// coarse is the part of a wait left to the precise sleep; the rest may be interrupted.
	coarse = 2 * time.Millisecond
	// spin is the part of a wait spent yielding: about as late as a sleep wakes up.
	spin = 40 * time.Microsecond
)

// waiter waits to within tens of microseconds. One goroutine owns it; the zero value is ready.
type waiter struct{ sleeper sleeper }

// until returns true at the time due, or false when done closes during a long wait. Waits below
// 2 ms are not interrupted.
func (w *waiter) until(due time.Time, done <-chan struct{}) bool {
	if due.IsZero() {
		return true
	}
	if long := time.Until(due) - coarse; long > 0 && !sleepUnless(long, done) {
		return false
	}
	if short := time.Until(due) - spin; short > 0 {
		w.sleeper.sleep(short)
	}
	for time.Until(due) > 0 {
		runtime.Gosched()
	}
	return true
}

func (w *waiter) close() { w.sleeper.close() }

func sleepUnless(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
