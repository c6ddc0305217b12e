//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

var (
	errGone     = errors.New("odbc: the connection was released or destroyed")
	errDead     = errors.New("odbc: the connection is lost")
	errRowsOpen = errors.New("odbc: the rows of the last query are still open")
	errBegun    = errors.New("odbc: a transaction has already begun")
	errEnded    = errors.New("odbc: an earlier statement has ended the transaction")
)

// Run implements [drivers.Conn]. ODBC knows one statement at a time, so the
// steps run one after the other; arguments are converted before the first.
func (c *conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	f.Sent, f.Done = 0, 0
	switch {
	case ctx.Err() != nil && !onlyRollback(f):
		return nil, ctx.Err()
	case c.lease == nil:
		return nil, &lostError{errGone}
	case c.lost:
		return nil, &lostError{errDead}
	case c.rows != nil:
		return nil, errRowsOpen
	}
	if c.phase == closed {
		c.phase = plain // the next flight begins anew
	}
	defer c.dropArgs()
	if err := c.convert(f.Steps); err != nil {
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

func onlyRollback(f *drivers.Flight) bool {
	return len(f.Steps) == 1 && f.Steps[0].Op == drivers.OpRollback
}

// steps runs the steps until one fails.
func (l *link) steps(ctx context.Context, f *drivers.Flight) error {
	args := l.args
	for i := range f.Steps {
		s := &f.Steps[i]
		if err := ctx.Err(); err != nil && s.Op != drivers.OpRollback {
			return err
		}
		if l.phase == closed && s.Op != drivers.OpRollback {
			return errEnded // within a flight too nothing may run outside its transaction
		}
		if i == 0 && l.phase == plain && s.Op != drivers.OpRollback || s.Op == drivers.OpCommit {
			if err := l.there(ctx); err != nil {
				return err
			}
		}
		f.Sent = i + 1
		if err := l.step(ctx, s, args[:s.CountArgs():s.CountArgs()]); err != nil {
			return err
		}
		f.Done = i + 1
		args = args[s.CountArgs():]
	}
	return nil
}

func (l *link) step(ctx context.Context, s *drivers.Step, args []any) error {
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
		return l.savepoint(ctx, fmt.Sprintf(l.dialect.savepoint, s.Name))
	case drivers.OpRollbackTo:
		return l.rollbackTo(ctx, fmt.Sprintf(l.dialect.rollbackTo, s.Name))
	case drivers.OpRelease:
		if l.dialect.release == "" {
			return nil
		}
		return l.savepoint(ctx, fmt.Sprintf(l.dialect.release, s.Name))
	case drivers.OpCommit:
		return l.commit(ctx)
	case drivers.OpRollback:
		return l.rollback(ctx)
	}
	return fmt.Errorf("odbc: unknown operation %v", s.Op)
}

// rollbackTo makes a failed transaction usable again.
func (l *link) rollbackTo(ctx context.Context, sql string) error {
	err := l.savepoint(ctx, sql)
	if err == nil && l.phase == aborted {
		l.phase = begun
	}
	return err
}

// dropArgs lets go of the arguments, which may be large.
func (l *link) dropArgs() {
	clear(l.args)
	l.args = l.args[:0]
	if l.gone { // the worker may still have them
		return
	}
	if l.rows == nil {
		l.params.memory.clear()
	}
	if cap(l.sql.units)+cap(l.sql.bytes) > keep {
		l.sql = sqlText{}
	}
}
