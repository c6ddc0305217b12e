package sqlite

import (
	"context"
	"sync"
	"time"

	"modernc.org/libc"
)

// waiter decides how long a connection waits for a lock that another connection
// holds. It takes the place of sqlite3_busy_timeout, which sleeps through the end
// of a context.
type waiter struct {
	ctx   context.Context // of the running flight
	limit time.Duration
	since time.Time // the beginning of this wait
}

// waiters finds the waiter of a connection by its handle: C cannot hold a Go
// pointer. A handle is in it as long as its connection is open.
var waiters sync.Map // of uintptr to *waiter

// askWaiter is SQLite's busy handler, https://www.sqlite.org/c3ref/busy_handler.html.
// It runs on the goroutine that runs the statement.
func askWaiter(_ *libc.TLS, db uintptr, tries int32) int32 {
	if w, ok := waiters.Load(db); ok && w.(*waiter).wait(int(tries)) {
		return 1
	}
	return 0
}

// delays are those of SQLite's own busy handler, in milliseconds.
var delays = [...]int{1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100}

// wait reports whether there should be another try, and waits before it.
func (w *waiter) wait(tries int) bool {
	if tries == 0 {
		w.since = time.Now()
	}
	left := w.limit - time.Since(w.since)
	if left <= 0 || w.ctx.Err() != nil {
		return false
	}
	next := time.Duration(delays[min(tries, len(delays)-1)]) * time.Millisecond
	delay := time.NewTimer(min(left, next))
	defer delay.Stop()
	select {
	case <-delay.C:
		return true
	case <-w.ctx.Done():
		return false
	}
}
