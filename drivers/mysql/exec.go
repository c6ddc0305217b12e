package mysql

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/sqlscope/sqlscope/drivers"
)

// exec runs a statement and discards its rows.
func (l *link) exec(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	res, err := l.execOne(ctx, s.SQL, args, l.execPrepared)
	if err != nil {
		return err
	}
	s.Result = drivers.Result{}
	if s.Result.RowsAffected, err = res.RowsAffected(); err == nil {
		s.Result.LastInsertID, err = res.LastInsertId()
	}
	return err
}

// execOne runs a statement. One that does not fit into a packet is left to
// large.
func (l *link) execOne(ctx context.Context, sql string, args []driver.NamedValue,
	large func(string, []driver.NamedValue) (driver.Result, error)) (driver.Result, error) {
	if err := l.ready(ctx, sql); err != nil {
		return nil, err
	}
	l.watch.start(ctx, true)
	res, err := l.native.ExecContext(context.Background(), sql, args)
	if errors.Is(err, driver.ErrSkip) {
		res, err = large(sql, args)
	}
	return res, l.land(ctx, err, sql)
}

// ready precedes a statement of a user's. Outside a transaction it is one of its
// own.
func (l *link) ready(ctx context.Context, sql string) error {
	switch {
	case l.phase == open:
		return l.setMark(ctx, sql)
	case l.status.has(statusInTransaction) && l.status.has(statusAutocommit):
		return nil // begun by hand
	}
	l.phase = plain
	return l.prepare(ctx, true, limits{})
}

// execPrepared is for what the library does not put into the text: statements
// that would be larger than a packet. Their arguments go in packets of their own.
func (l *link) execPrepared(sql string, args []driver.NamedValue) (driver.Result, error) {
	st, err := l.native.PrepareContext(context.Background(), sql)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.Close() }() // fails on a lost connection, which is known by then
	return st.(driver.StmtExecContext).ExecContext(context.Background(), args)
}

// query runs a statement up to its first row. The watch goes on and the
// connection stays busy until the rows are finished.
func (l *link) query(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	if err := l.ready(ctx, s.SQL); err != nil {
		return err
	}
	l.watch.start(ctx, true)
	native, err := l.native.QueryContext(context.Background(), s.SQL, args)
	var st driver.Stmt
	if errors.Is(err, driver.ErrSkip) {
		native, st, err = l.queryPrepared(s.SQL, args)
	}
	if err != nil {
		return l.land(ctx, err, s.SQL)
	}
	l.sent = true
	l.rows = newRows(ctx, l, s.SQL, native, st)
	return nil
}

func (l *link) queryPrepared(sql string, args []driver.NamedValue) (driver.Rows, driver.Stmt, error) {
	st, err := l.native.PrepareContext(context.Background(), sql)
	if err != nil {
		return nil, nil, err
	}
	rows, err := st.(driver.StmtQueryContext).QueryContext(context.Background(), args)
	if err != nil {
		_ = st.Close()
		return nil, nil, err
	}
	return rows, st, nil
}
