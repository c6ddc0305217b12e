//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// giveUpJob abandons a job that goes on.
func giveUpJob(t *testing.T, w *worker, job func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.call(ctx, 0, false, job); !errors.Is(err, ErrAbandoned) {
		t.Fatalf("a call that does not return: %v", err)
	}
}

// A call may wait for something else than a network: a lock, a disk, a machine that
// is out of memory.
func TestCallsThatCannotBeHungUpAreBounded(t *testing.T) {
	p := &pool{dialect: sqlite, opts: Options{MaxAbandoned: 1, Pool: drivers.PoolOptions{CancelGrace: time.Millisecond}}}
	release := make(chan struct{})
	w := newWorker(p, func() {})
	giveUpJob(t, w, func() error { <-release; return nil })
	if _, err := p.connectTo(t.Context(), nil); !errors.Is(err, ErrTooManyAbandoned) {
		t.Errorf("at the limit: %v", err)
	}
	close(release)
	<-w.ended
	if err := p.makeRoom(t.Context()); err != nil {
		t.Errorf("when the call has returned: %v", err)
	}
	p.workers.Wait()
}

// Closing the latch beside a database rolls back first.
func TestAConnectionThatWasGivenUpTakesNoMoreCalls(t *testing.T) {
	p := &pool{dialect: sqlite, opts: Options{Pool: drivers.PoolOptions{CancelGrace: time.Millisecond}}}
	release := make(chan struct{})
	l := &link{pool: p, dialect: sqlite, generation: noGeneration, worker: newWorker(p, func() {})}
	if err := l.briefly(func() error { <-release; return nil }); !errors.Is(err, ErrAbandoned) {
		t.Fatalf("a call that does not return: %v", err)
	}
	f := latchFile{l}
	if err := f.Exec("ROLLBACK"); !isLost(err) {
		t.Errorf("the next one: %v", err)
	}
	f.Close()
	close(release)
	p.workers.Wait()
}
