package fakedriver

import (
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// lockTable says which transaction holds which row or key. Locks are held to
// the end of their transaction, savepoints or not.
type lockTable struct {
	mu   sync.Mutex // guards held and tx.waits
	held map[string]*tx
}

// lock takes name for t and waits for whoever holds it. It fails with a
// deadlock when the holder waits, directly or not, for t.
func (l *lockTable) lock(r *run, t *tx, name string) error {
	var late <-chan time.Time
	if t.opts.LockTimeout > 0 {
		timer := time.NewTimer(t.opts.LockTimeout)
		defer timer.Stop()
		late = timer.C
	}
	for {
		holder, err := l.try(t, name)
		if holder == nil || err != nil {
			return err
		}
		if err := holdForLock(r, holder.done, late); err != nil {
			return err
		}
	}
}

// try takes the lock or returns who holds it.
func (l *lockTable) try(t *tx, name string) (holder *tx, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.waits = nil
	holder = l.held[name]
	if holder == nil {
		l.held[name] = t
		t.locks = append(t.locks, name)
		return nil, nil
	}
	if holder == t {
		return nil, nil
	}
	if holder.waitsFor(t) {
		return nil, Errorf(drivers.KindDeadlock, "deadlock")
	}
	t.waits = holder
	return holder, nil
}

// waitsFor tells whether t waits, directly or not, for the other transaction.
// lockTable.mu is held.
func (t *tx) waitsFor(other *tx) bool {
	for next := t; next != nil; next = next.waits {
		if next == other {
			return true
		}
	}
	return false
}

// release frees what t holds and wakes those who wait for it.
func (l *lockTable) release(t *tx) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t.waits = nil
	for _, name := range t.locks {
		delete(l.held, name)
	}
	t.locks = nil
	close(t.done)
}
