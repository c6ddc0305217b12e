package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
)

// exec runs a statement, or several in one text, and discards their rows.
func (l *link) exec(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	st, err := l.stmts.prepareFor(s.SQL, len(args))
	if err != nil {
		return err
	}
	defer st.done()
	if err := l.watch.arm(ctx); err != nil {
		return err
	}
	s.Result, err = l.once(st, args)
	l.watch.disarm()
	return err
}

// execMany runs a statement for one row after the other. It is prepared and
// watched once.
func (l *link) execMany(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	n := len(s.Many[0])
	st, err := l.stmts.prepareFor(s.SQL, n)
	if err != nil {
		return err
	}
	defer st.done()
	if err := l.watch.arm(ctx); err != nil {
		return err
	}
	defer l.watch.disarm()
	s.Result = drivers.Result{}
	for range s.Many {
		// An interrupt that comes between two runs stops none.
		if err := ctx.Err(); err != nil {
			return err
		}
		one, err := l.once(st, args[:n:n])
		if err != nil {
			return err
		}
		s.Result.RowsAffected += one.RowsAffected
		args = args[n:]
	}
	return nil
}

// once runs a statement that is being watched.
func (l *link) once(st *statement, args []driver.NamedValue) (r drivers.Result, err error) {
	before := l.handle.totalChanges()
	res, err := st.exec(args)
	if err != nil || res == nil { // nil: the text was a comment
		return r, err
	}
	// SQLite keeps the count and the key of an earlier statement when this one
	// changed nothing, https://www.sqlite.org/c3ref/changes.html.
	if l.handle.totalChanges() == before {
		return r, nil
	}
	if r.RowsAffected, err = res.RowsAffected(); err == nil && st.inserts {
		r.LastInsertID, err = res.LastInsertId()
	}
	return r, err
}

// query runs a statement up to its first row. The watch stays armed and the
// connection busy until the rows are finished.
func (l *link) query(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	st, err := l.stmts.prepareFor(s.SQL, len(args))
	if err != nil {
		return err
	}
	if err := l.watch.arm(ctx); err != nil {
		st.done()
		return err
	}
	native, err := st.query(args)
	if err != nil {
		l.watch.disarm()
		st.done()
		return err
	}
	l.rows = newRows(ctx, l, st, native)
	return nil
}
