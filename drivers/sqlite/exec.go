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
	before := l.handle.totalChanges()
	res, err := st.exec(args)
	l.watch.disarm()
	if err != nil || res == nil { // nil: the text was a comment
		return err
	}
	s.Result = drivers.Result{}
	// SQLite keeps the count and the key of an earlier statement when this one
	// changed nothing, https://www.sqlite.org/c3ref/changes.html.
	if l.handle.totalChanges() == before {
		return nil
	}
	if s.Result.RowsAffected, err = res.RowsAffected(); err == nil && st.inserts {
		s.Result.LastInsertID, err = res.LastInsertId()
	}
	return err
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
