//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// hangUpAfter is how long an abandoned call is left alone. Until then a network
// that comes back carries the cancellation to the server.
const hangUpAfter = time.Minute

// abandoned are the workers that were left to themselves and have not ended.
type abandoned struct {
	mu   sync.Mutex
	list []*worker // the oldest first
}

func (a *abandoned) add(w *worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, w)
}

func (a *abandoned) remove(w *worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.list, w); i >= 0 {
		a.list = slices.Delete(a.list, i, i+1)
	}
}

func (a *abandoned) all() []*worker {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

// makeRoom returns when there are fewer abandoned calls than there may be. It
// hangs one up after the other until there are, the oldest first, and waits for
// each to return.
func (p *pool) makeRoom(ctx context.Context) error {
	for _, w := range p.abandoned.all() {
		if len(p.abandoned.all()) < p.opts.MaxAbandoned || ctx.Err() != nil {
			break
		}
		w.endHungUp(ctx)
	}
	if n := len(p.abandoned.all()); n >= p.opts.MaxAbandoned {
		return fmt.Errorf("%w (%d, and MaxAbandoned is %d)", ErrTooManyAbandoned, n, p.opts.MaxAbandoned)
	}
	return nil
}

// endHungUp hangs the worker up and gives its call a grace to return. One that was
// hung up before has had it.
func (w *worker) endHungUp(ctx context.Context) {
	if !w.hangUp() {
		return
	}
	limit := time.NewTimer(w.grace)
	defer limit.Stop()
	select {
	case <-w.ended:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// hangUp makes the calls of an abandoned worker return, as far as a network is
// what they wait for. It goes on until they have: there may be more than one wait
// on the way out of a driver. It reports whether it has begun to.
func (w *worker) hangUp() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !canHangUp || w.over || w.hungUp {
		return false
	}
	w.hungUp = true
	w.spawn(w.keepHangingUp)
	return true
}

func (w *worker) keepHangingUp() {
	for pause := time.Millisecond; ; pause = min(2*pause, time.Second) {
		w.thread.hangUp()
		w.canceller.hangUp()
		timer := time.NewTimer(pause)
		select {
		case <-w.ended:
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
