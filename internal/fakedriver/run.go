package fakedriver

import (
	"context"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// run is the execution of one statement.
type run struct {
	ctx   context.Context
	tx    *tx
	args  []any
	dead  <-chan struct{}  // closed when the connection was killed
	limit <-chan time.Time // the statement timeout, or nil
}

// wait passes the time, unless something ends the statement first.
func (r *run) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	return hold(r, timer.C)
}

// hold waits for a timer or another channel, unless something ends the statement.
func hold[T any](r *run, until <-chan T) error { return holdForLock(r, until, nil) }

// holdForLock is hold until it is too late for a lock.
func holdForLock[T any](r *run, until <-chan T, late <-chan time.Time) error {
	select {
	case <-until:
		return nil
	case <-late:
		return Errorf(drivers.KindLockTimeout, "the lock was not to be had in time")
	case <-r.limit:
		return Errorf(drivers.KindStatementTimeout, "the statement took too long")
	case <-r.dead:
		return lost(nil)
	case <-r.ctx.Done():
		return cancelled(r.ctx.Err())
	}
}

// statement parses and runs sql in r.tx. Outside a transaction it gets one of
// its own, as servers do.
func (db *DB) statement(r *run, sql string) (*result, error) {
	s, args, err := parse(sql)
	if err != nil {
		return nil, err
	}
	if args != len(r.args) {
		return nil, Errorf(drivers.KindSyntax, "%d arguments for %d", len(r.args), args)
	}
	if _, reads := s.(*query); !reads && r.tx != nil && r.tx.opts.ReadOnly {
		return nil, Errorf(drivers.KindReadOnly, "the transaction is read-only")
	}
	if r.tx != nil {
		return r.tx.atomically(s, r)
	}
	r.tx = db.begin(nil)
	res, err := s.run(r)
	if err != nil {
		r.tx.rollback()
		return nil, err
	}
	return res, r.tx.commit()
}

// atomically undoes a statement that fails halfway.
func (t *tx) atomically(s statement, r *run) (*result, error) {
	if _, reads := s.(*query); reads {
		return s.run(r)
	}
	before := t.over.clone()
	res, err := s.run(r)
	if err != nil {
		t.over = before
	}
	return res, err
}
