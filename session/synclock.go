package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// LockHolder is who has a lock. Fields that the database does not tell are
// empty.
type LockHolder = drivers.Holder

// LockTimeoutError is returned by [Engine.RunSync] when somebody else had the
// lock for longer than SyncOptions.LockWait.
type LockTimeoutError struct {
	// Name is the name given to RunSync.
	Name string
	// Waited is how long RunSync waited.
	Waited time.Duration
	// Holder is who had the lock at the end; nil if it was free just then.
	Holder *LockHolder
}

// Error says who has the lock, as far as it is known.
func (e *LockTimeoutError) Error() string {
	return fmt.Sprintf("session: RunSync %q waited %v for its lock; it is held by %s",
		e.Name, e.Waited.Round(time.Millisecond), describeHolder(e.Holder))
}

func describeHolder(h *LockHolder) string {
	if h == nil {
		return "nobody any more"
	}
	var parts []string
	for _, part := range []struct{ format, value string }{
		{"%s", h.Application}, {"process or connection %s", h.Connection}, {"user %s", h.User},
		{"host %s", h.Host}} {
		if part.value != "" {
			parts = append(parts, fmt.Sprintf(part.format, part.value))
		}
	}
	if !h.Since.IsZero() {
		parts = append(parts, "since "+h.Since.UTC().Format(time.RFC3339))
	}
	return cmp.Or(strings.Join(parts, ", "), "somebody the database does not name")
}

// SyncHolder tells who is inside a RunSync of that name, in any process; nil
// when nobody is. It waits for nobody, takes no lock and writes nothing.
//
// At most one opts is given; of it SyncOptions.LeaseTable counts. A lease shows
// its last holder until another takes it over, gone or not.
func (e *Engine) SyncHolder(ctx context.Context, name string, opts ...SyncOptions) (*LockHolder, error) {
	var o SyncOptions
	if len(opts) > 0 {
		o = opts[0]
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if e.leases(&o) {
		return e.leaseHolder(ctx, newLeaseTable(o.LeaseTable, name))
	}
	if err := supportsLocks(e.desc); err != nil {
		return nil, err
	}
	l, err := e.acquire(ctx, &TxOptions{ReadOnly: e.desc.Capabilities.ReadOnly}, nil, here(0), true)
	if err != nil {
		return nil, err
	}
	defer e.giveBack(l)
	h, err := locker(l.conn).Holder(ctx, name)
	if err != nil {
		return nil, e.wrap("ask who has a lock", "", err)
	}
	return h, nil
}

// leaseHolder reads who has a lease.
func (e *Engine) leaseHolder(ctx context.Context, t leaseTable) (*LockHolder, error) {
	s := e.Session(TxOptions{ReadOnly: e.desc.Capabilities.SingleWriter && e.desc.Capabilities.ReadOnly})
	defer s.Close()
	row, err := t.read(ctx, s)
	if mayLackTable(err) { // nobody has ever locked
		return nil, nil
	}
	return row.as(), err
}

// pinned is the connection of one RunSync, and the lock on it.
type pinned struct {
	engine *Engine
	lease  *lease
	lock   drivers.Lock
	locked bool
	since  time.Time // when the wait for the lock began
	opts   *SyncOptions
	claim  *claim // the lock, where it is a row of a table
}

// pin gets a connection and, if the database keeps locks for connections, the
// lock on it. A connection that turns out to have died in the pool is replaced:
// nothing has happened on it.
func (e *Engine) pin(ctx context.Context, s *Session, p *pinned) error {
	for verified := false; ; verified = true {
		l, err := e.acquire(ctx, &p.opts.Tx, s.owner, here(1), verified)
		if err != nil {
			return err
		}
		p.lease = l
		err = p.take(ctx)
		if err == nil {
			return nil
		}
		died := l.conn.State() == drivers.TxLost && ctx.Err() == nil
		p.end()
		if !died || verified {
			return err
		}
		e.counts.replays.Add(1)
	}
}

// take takes the lock that belongs to the connection.
func (p *pinned) take(ctx context.Context) error {
	if p.engine.leases(p.opts) {
		return p.takeLease(ctx)
	}
	if !p.engine.desc.Capabilities.Locks.Conn {
		return nil
	}
	err := p.wait(ctx, func() (bool, error) { return locker(p.lease.conn).TryLock(ctx, p.lock) })
	p.locked = err == nil
	if errors.Is(err, drivers.ErrNotKept) && p.engine.desc.Capabilities.Locks.Tx && !p.opts.NoTransaction {
		p.lock.InTx = true // it will be taken in the transaction
		return nil
	}
	return p.explain(err)
}

// takeLease takes the lock that is a row of a table.
func (p *pinned) takeLease(ctx context.Context) error {
	c := p.newClaim()
	p.claim = c
	if err := p.wait(ctx, func() (bool, error) { return c.try(ctx) }); err != nil {
		c.forget(err)
		return p.explain(err)
	}
	p.lease.claim, p.locked = c, true
	c.keep()
	return nil
}

// wait asks for the lock, again and again, with pauses that grow.
func (p *pinned) wait(ctx context.Context, try func() (bool, error)) error {
	const first, last = 10 * time.Millisecond, 250 * time.Millisecond
	for pause := first; ; pause = min(pause*3/2, last) {
		taken, err := try()
		if taken || err != nil {
			return err
		}
		left := p.left()
		if left <= 0 {
			return p.late(ctx)
		}
		// Half of it is chance, so that those who wait do not ask together.
		timer := time.NewTimer(min(left, pause/2+rand.N(pause/2)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// left is what is left of the time to wait.
func (p *pinned) left() time.Duration {
	if p.opts.LockWait < 0 {
		return time.Hour
	}
	return p.opts.LockWait - time.Since(p.since)
}

func (p *pinned) late(ctx context.Context) error {
	h, err := p.holder(ctx)
	late := &LockTimeoutError{Name: p.lock.Name, Waited: time.Since(p.since), Holder: h}
	if err != nil {
		late.Holder = &LockHolder{} // the wait was in vain all the same
	}
	return late
}

func (p *pinned) holder(ctx context.Context) (*LockHolder, error) {
	if p.claim != nil {
		return p.claim.seen.row.as(), nil
	}
	return locker(p.lease.conn).Holder(ctx, p.lock.Name)
}

// explain makes of an error of the lock what the caller gets.
func (p *pinned) explain(err error) error {
	var late *LockTimeoutError
	switch {
	case err == nil || errors.As(err, &late):
		return err
	case errors.Is(err, drivers.ErrNotKept):
		return &failure{is: ErrUnsupported, cause: err, text: fmt.Sprintf("RunSync %q without a transaction; "+
			"connect to the database itself or through a pooler that shares sessions", p.lock.Name)}
	}
	return p.engine.wrap("take the lock "+p.lock.Name, "", err)
}

// end gives up the lock and the connection. What cannot be ended in order is
// closed, which ends it too.
func (p *pinned) end() {
	l := p.lease
	ok := !l.broken && l.conn.State() == drivers.TxIdle
	switch {
	case l.claim != nil:
		l.claim.release(ok)
		ok = ok && !l.broken
	case ok && p.locked:
		ctx, cancel := context.WithTimeout(context.Background(), p.engine.opts.EndTimeout)
		defer cancel()
		if err := locker(l.conn).Unlock(ctx, p.lock); err != nil {
			p.engine.opts.Logger.Warn("session: a lock could not be given up; closing its connection",
				"name", p.lock.Name, "error", err)
			ok = false
		}
	}
	if ok {
		p.engine.giveBack(l)
		return
	}
	l.conn.Destroy()
	l.gate.leave(l)
}
