package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var (
	errEnded    = errors.New("sqlite: the connection was released or destroyed")
	errRowsOpen = errors.New("sqlite: the rows of the last query are still open")
)

// Run implements [drivers.Conn]. There is no network, so the steps run one after
// the other; arguments are converted before the first of them.
func (c *conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	switch {
	case c.lease == nil:
		return nil, errEnded
	case c.rows != nil:
		return nil, errRowsOpen
	}
	if err := c.bind(f.Steps); err != nil {
		return nil, err
	}
	if err := c.prepareState(f.Steps); err != nil {
		return nil, err
	}
	c.waiter.ctx = ctx
	err := c.steps(ctx, f)
	if err == nil && c.rows != nil {
		return c.rows, nil
	}
	return nil, c.settle(ctx, err)
}

// steps runs the steps until one fails.
func (l *link) steps(ctx context.Context, f *drivers.Flight) error {
	args := l.args
	for i := range f.Steps {
		s := &f.Steps[i]
		if err := ctx.Err(); err != nil && s.Op != drivers.OpRollback {
			return err
		}
		f.Sent = i + 1
		n := s.CountArgs()
		if err := l.step(ctx, s, args[:n:n]); err != nil {
			return err
		}
		f.Done = i + 1
		args = args[n:]
	}
	return nil
}

func (l *link) step(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	switch s.Op {
	case drivers.OpBegin:
		return l.begin(s.Tx)
	case drivers.OpExec:
		return l.exec(ctx, s, args)
	case drivers.OpExecMany:
		return l.execMany(ctx, s, args)
	case drivers.OpQuery:
		return l.query(ctx, s, args)
	case drivers.OpSavepoint:
		return l.control(`SAVEPOINT "` + s.Name + `"`)
	case drivers.OpRollbackTo:
		return l.control(`ROLLBACK TO "` + s.Name + `"`)
	case drivers.OpRelease:
		return l.control(`RELEASE "` + s.Name + `"`)
	case drivers.OpCommit:
		return l.control("COMMIT")
	case drivers.OpRollback:
		return l.rollback()
	}
	return fmt.Errorf("sqlite: unknown operation %v", s.Op)
}

// rollback does nothing where SQLite has rolled back by itself.
func (l *link) rollback() error {
	if !l.handle.inTransaction() {
		return nil
	}
	return l.control("ROLLBACK")
}

func (l *link) begin(tx *drivers.TxOptions) error {
	if tx == nil {
		tx = &drivers.TxOptions{}
	}
	if err := supported(tx); err != nil {
		return err
	}
	if tx.LockTimeout > 0 {
		l.waiter.limit = tx.LockTimeout
	}
	if err := l.refuseWrites(l.reader || tx.ReadOnly); err != nil {
		return err
	}
	if tx.ReadOnly {
		return l.control("BEGIN")
	}
	// Taking the lock now is the only way to wait for it: a transaction that has
	// read already fails at once, https://www.sqlite.org/rescode.html#busy_snapshot.
	return l.control("BEGIN IMMEDIATE")
}

// supported refuses the options that SQLite has nothing for.
func supported(tx *drivers.TxOptions) error {
	switch {
	case tx.Isolation != drivers.DefaultIsolation && tx.Isolation != drivers.Serializable:
		return fmt.Errorf("sqlite: isolation %v is not supported", tx.Isolation)
	case tx.Deferrable || tx.StatementTimeout != 0 || tx.Settings != (drivers.Settings{}):
		return errors.New("sqlite: Deferrable, StatementTimeout and Settings are not supported")
	}
	return nil
}

// control runs one of the driver's own statements. It is not interrupted: these
// take no time, and the outcome of COMMIT must be known.
func (l *link) control(sql string) error {
	st, err := l.stmts.prepare(sql, true)
	if err != nil {
		return err
	}
	defer st.done()
	_, err = st.exec(nil)
	return err
}

// prepareState undoes what the last transaction left behind.
func (l *link) prepareState(steps []drivers.Step) error {
	if l.handle.inTransaction() {
		return nil
	}
	l.waiter.limit = l.opts.busyTimeout
	if len(steps) > 0 && steps[0].Op == drivers.OpBegin {
		return nil
	}
	return l.refuseWrites(l.reader)
}

// bind converts the arguments of all steps, so that one that cannot be sent is
// found before anything has been done.
func (l *link) bind(steps []drivers.Step) error {
	l.dropArgs()
	for i := range steps {
		if err := l.bindRow(steps[i].Args); err != nil {
			return err
		}
		for row, args := range steps[i].Many {
			if err := l.bindRow(args); err != nil {
				return fmt.Errorf("sqlite: row %d of these: %w", row+1, err)
			}
		}
	}
	return nil
}

func (l *link) bindRow(args []any) (err error) {
	from := len(l.args)
	if l.args, err = stdvalue.Append(l.args, args); err != nil {
		return err
	}
	return formatTimes(l.args[from:])
}

// settle ends a flight and returns its error as the caller shall see it.
func (l *link) settle(ctx context.Context, err error) error {
	l.waiter.ctx = context.Background()
	l.dropArgs()
	if err == nil {
		return nil
	}
	code := codeOf(err)
	l.broken = l.broken || unhealthy(code)
	if end := ctx.Err(); end != nil && endedByContext(code) && !errors.Is(err, end) {
		return &cancelError{end: end, err: err}
	}
	return err
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
