package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// phase is what a connection is used for.
type phase uint8

const (
	plain phase = iota // every statement is a transaction of its own
	open               // in a transaction that OpBegin began
	ended              // in one that has ended by itself
)

// link is a connection as the pool keeps it.
type link struct {
	native native
	wire   *wire
	status status
	watch  watch
	pool   *pool
	limits limits // in force on the server

	generation uint64 // of the pool, for the loan

	phase  phase
	begun  bool // the server has begun the open transaction, which it does late
	lost   bool
	broken bool // it works, and is not worth keeping
	marked bool // the running statement has a mark

	sent      bool // the running flight has written something
	unwritten bool // its last statement was not written

	rows *rows               // open; nil otherwise
	args []driver.NamedValue // of the steps of the running flight
}

// connect opens a connection for the pool.
func (p *pool) connect(ctx context.Context) (*link, error) {
	n, w, err := p.dials.connect(ctx, nil)
	if err != nil {
		return nil, err
	}
	l := &link{native: n, wire: w, pool: p}
	if l.status, err = statusOf(n); err == nil && p.opts.MariaDB && !w.isMariaDB() {
		err = fmt.Errorf("mysql: the server is %q and not MariaDB; use %s://", w.version, schemeMySQL)
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	l.watch.init(l)
	return l, nil
}

// close is for the pool, which calls it on a goroutine of its own: a
// cancellation that is under way is waited for.
func (l *link) close() {
	if l.rows != nil || l.lost {
		_ = l.wire.Close() // the library would not say good-bye in the middle of rows either
	}
	l.watch.end()
	_ = l.native.Close() // there is nobody left to do anything about it
}

// ping asks the server for an answer. A connection whose ping is given up is
// not used again, so it may be closed in the middle.
func (l *link) ping(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = l.wire.Close() })
	defer stop()
	err := l.native.Ping(context.Background())
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// there fails when the connection is known to be dead, from what can be seen
// without asking the server.
func (l *link) there() error {
	if err := l.native.ResetSession(context.Background()); err != nil {
		return l.lose(err)
	}
	return nil
}

// lose gives the connection up. Others of its age are probably dead as well.
func (l *link) lose(err error) error {
	if !l.lost {
		l.pool.conns.Invalidate(l.generation)
	}
	return l.giveUp(err)
}

// giveUp is lose for a connection that was ended from this side.
func (l *link) giveUp(err error) error {
	l.lost = true
	_ = l.wire.Close()
	return &lostError{err: err, why: l.wire.failed}
}

// ask runs a statement of ours after a user's, and has the server send its status
// flags. A KILL that came late hits it instead of a user's.
func (l *link) ask(sql string) error {
	timer := time.AfterFunc(l.watch.grace, func() { _ = l.wire.Close() })
	defer timer.Stop()
	for {
		_, err := l.native.ExecContext(context.Background(), sql, nil)
		if numberOf(err) != numInterrupted {
			return err
		}
	}
}

// observe takes over what the server's flags say of the transaction.
func (l *link) observe() {
	if l.phase != open {
		return
	}
	in := l.status.has(statusInTransaction)
	if l.begun && !in || l.status.has(statusAutocommit) {
		l.phase = ended
	}
	l.begun = in
}

// state is the state of the transaction.
func (l *link) state() drivers.TxState {
	l.observe()
	switch {
	case l.lost:
		return drivers.TxLost
	case l.phase == open, l.phase == plain && l.status.has(statusInTransaction):
		return drivers.TxActive
	}
	return drivers.TxIdle
}
