package sqlite

import (
	"context"
	"sync"
	"time"
)

// watch interrupts the running statement when its context ends.
//
// modernc's own way is a goroutine for every statement, and ends with the first
// row. A watch is registered with a context once and armed for each statement,
// so the statements of a session, which usually share a context, cost no more
// than two locks of a mutex.
type watch struct {
	handle handle
	ctx    context.Context // the one registered with
	stop   func() bool     // ends the registration

	mu    sync.Mutex // guards armed; held during an interrupt, so that none comes late
	armed <-chan struct{}
}

// arm watches ctx until disarm. The error is that of a context that has ended.
func (w *watch) arm(ctx context.Context) error {
	done := ctx.Done()
	if done == nil {
		return nil
	}
	if w.ctx == nil || w.ctx.Done() != done {
		w.forget()
		w.ctx, w.stop = ctx, context.AfterFunc(ctx, func() { w.fire(done, time.Millisecond) })
	}
	w.mu.Lock()
	w.armed = done
	w.mu.Unlock()
	// Checked after arming: had the context ended before, fire may have come and
	// gone already.
	if err := ctx.Err(); err != nil {
		w.disarm()
		return err
	}
	return nil
}

// disarm makes sure that no interrupt is under way and none comes.
func (w *watch) disarm() {
	w.mu.Lock()
	w.armed = nil
	w.mu.Unlock()
}

// fire interrupts the statement and does so again as long as it runs: SQLite
// forgets an interrupt that comes before the first step of a statement.
func (w *watch) fire(done <-chan struct{}, again time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed == done {
		w.handle.interrupt()
		time.AfterFunc(again, func() { w.fire(done, min(2*again, time.Second)) })
	}
}

// forget ends the registration with the context.
func (w *watch) forget() {
	if w.stop != nil {
		w.stop()
		w.ctx, w.stop = nil, nil
	}
}
