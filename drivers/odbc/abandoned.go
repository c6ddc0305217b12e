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
// hangs the oldest up until there are, and waits for each to return.
func (p *pool) makeRoom(ctx context.Context) error {
	for {
		all := p.abandoned.all()
		if len(all) < p.opts.MaxAbandoned {
			return nil
		}
		if !all[0].endsHungUp(ctx) {
			return fmt.Errorf("%w (%d, and MaxAbandoned is %d)", ErrTooManyAbandoned, len(all), p.opts.MaxAbandoned)
		}
	}
}

// endsHungUp hangs the worker up, and reports whether its call has returned in time.
func (w *worker) endsHungUp(ctx context.Context) bool {
	if !canHangUp {
		return false
	}
	w.hangUp()
	limit := time.NewTimer(w.grace)
	defer limit.Stop()
	select {
	case <-w.ended:
		return true
	case <-limit.C:
	case <-ctx.Done():
	}
	return false
}

// hangUp makes the calls of an abandoned worker return, as far as a network is
// what they wait for. It goes on until they have: there may be more than one wait
// on the way out of a driver.
func (w *worker) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !canHangUp || w.over || w.hungUp {
		return
	}
	w.hungUp = true
	w.spawn(w.keepHangingUp)
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
