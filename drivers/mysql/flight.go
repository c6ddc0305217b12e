package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

var (
	errGone     = errors.New("mysql: the connection was released or destroyed")
	errRowsOpen = errors.New("mysql: the rows of the last query are still open")
	errBegun    = errors.New("mysql: a transaction has already begun")
	errEnded    = errors.New("mysql: an earlier statement has ended the transaction")
)

// Run implements [drivers.Conn]. The protocol knows one command at a time, so
// the steps run one after the other; arguments are converted before the first.
// The caller's context never reaches the library, whose answer to its end is to
// close the connection; see watch.
func (c *conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	f.Sent, f.Done, c.sent, c.unwritten = 0, 0, false, false
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case c.lease == nil:
		return nil, &lostError{err: errGone}
	case c.lost:
		return nil, &lostError{err: driver.ErrBadConn}
	case c.rows != nil:
		return nil, errRowsOpen
	}
	c.leaveEnded()
	defer c.dropArgs()
	if err := c.bind(f.Steps); err != nil {
		return nil, err
	}
	if err := c.steps(ctx, f); err != nil {
		return nil, err
	}
	if c.rows != nil {
		return c.rows, nil
	}
	return nil, nil
}

// leaveEnded has the next flight begin anew after a transaction that has ended
// by itself, unless the statement that ended it began another: then the server
// would take the next one for a part of that.
func (l *link) leaveEnded() {
	l.observe()
	if l.phase == ended && !l.status.has(statusInTransaction) {
		l.phase = plain
	}
}

// steps runs the steps until one fails.
func (l *link) steps(ctx context.Context, f *drivers.Flight) error {
	args := l.args
	for i := range f.Steps {
		s := &f.Steps[i]
		if err := ctx.Err(); err != nil && s.Op != drivers.OpRollback {
			return err
		}
		if l.phase == ended && s.Op != drivers.OpRollback {
			return errEnded // within a flight too nothing may run outside its transaction
		}
		if i == 0 && l.phase != open || s.Op == drivers.OpCommit {
			if err := l.there(); err != nil {
				return err
			}
		}
		f.Sent = i + 1
		n := s.CountArgs()
		if err := l.step(ctx, s, args[:n:n]); err != nil {
			l.unsent(f)
			return err
		}
		f.Done = i + 1
		args = args[n:]
	}
	return nil
}

// unsent takes back what was counted as sent and was not written.
func (l *link) unsent(f *drivers.Flight) {
	if !l.unwritten {
		return
	}
	if f.Sent--; !l.sent {
		f.Sent = 0
	}
}

func (l *link) step(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	switch s.Op {
	case drivers.OpBegin:
		return l.begin(ctx, s.Tx)
	case drivers.OpExec:
		return l.exec(ctx, s, args)
	case drivers.OpExecMany:
		return l.execMany(ctx, s, args)
	case drivers.OpQuery:
		return l.query(ctx, s, args)
	case drivers.OpSavepoint:
		return l.control(ctx, "SAVEPOINT "+s.Name)
	case drivers.OpRollbackTo:
		return l.control(ctx, "ROLLBACK TO SAVEPOINT "+s.Name)
	case drivers.OpRelease:
		return l.control(ctx, "RELEASE SAVEPOINT "+s.Name)
	case drivers.OpCommit:
		return l.conclude(ctx, "COMMIT")
	case drivers.OpRollback:
		return l.rollback(ctx)
	}
	return fmt.Errorf("mysql: unknown operation %v", s.Op)
}

// conclude ends the transaction.
func (l *link) conclude(ctx context.Context, sql string) error {
	err := l.control(ctx, sql)
	if err == nil {
		l.phase, l.begun = plain, false
	}
	return err
}

func (l *link) rollback(ctx context.Context) error {
	if l.phase != open && !l.status.has(statusInTransaction) {
		l.phase = plain
		return nil
	}
	return l.conclude(ctx, "ROLLBACK")
}

// control runs one of the driver's own statements. It is never killed: these
// take no time, and the outcome of COMMIT must be known. When it has not ended
// CancelGrace after its context, the connection is given up.
func (l *link) control(ctx context.Context, sql string) error {
	l.watch.start(ctx, false)
	_, err := l.native.ExecContext(context.Background(), sql, nil)
	return l.land(ctx, err, sql)
}

// keptArgs is how many arguments a connection keeps room for.
const keptArgs = 1024

// dropArgs lets go of the arguments, which may be large.
func (l *link) dropArgs() {
	clear(l.args)
	l.args = l.args[:0]
	if cap(l.args) > keptArgs {
		l.args = nil
	}
}
