//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// A call may wait for something else than a network: a lock, a disk, a machine that
// is out of memory.
func TestCallsThatCannotBeHungUpAreBounded(t *testing.T) {
	p := &pool{dialect: sqlite, opts: Options{MaxAbandoned: 1, Pool: drivers.PoolOptions{CancelGrace: time.Millisecond}}}
	release := make(chan struct{})
	w := newWorker(p, func() {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.call(ctx, 0, false, func() error { <-release; return nil })
	if !errors.Is(err, ErrAbandoned) {
		t.Fatalf("a call that does not return: %v", err)
	}
	if _, err := p.connectTo(t.Context(), ""); !errors.Is(err, ErrTooManyAbandoned) {
		t.Errorf("at the limit: %v", err)
	}
	close(release)
	<-w.ended
	if err := p.makeRoom(t.Context()); err != nil {
		t.Errorf("when the call has returned: %v", err)
	}
	p.workers.Wait()
}
