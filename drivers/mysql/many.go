package mysql

import (
	"context"
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
)

// execMany runs a statement for many rows: a plain INSERT as one of several
// rows, anything else once for each row.
func (l *link) execMany(ctx context.Context, s *drivers.Step, args []driver.NamedValue) error {
	s.Result = drivers.Result{}
	in, plain := parseInsert(s.SQL)
	width, most := len(s.Many[0]), 1
	if plain && in.args == width {
		most = len(s.Many)
	}
	for left := len(s.Many); left > 0; {
		n := min(most, left)
		count, fits, err := l.execRows(ctx, s.SQL, in, n, args[:n*width:n*width])
		if err != nil {
			// Rows that were sent before this one stay sent, whatever became of it.
			l.unwritten = l.unwritten && left == len(s.Many)
			return err
		}
		if !fits {
			most = n / 2
			continue
		}
		s.Result.RowsAffected += count
		args, left = args[n*width:], left-n
	}
	return nil
}

// execRows runs the statement for the next n rows. Several rows that do not fit
// into a packet are not sent.
func (l *link) execRows(ctx context.Context, sql string, in insert, n int,
	args []driver.NamedValue) (count int64, fits bool, err error) {
	switch {
	case ctx.Err() != nil:
		return 0, false, ctx.Err()
	case l.phase == ended:
		return 0, false, errEnded
	}
	large, fits := l.execPrepared, true
	if n > 1 {
		sql = in.rows(n)
		large = func(string, []driver.NamedValue) (driver.Result, error) {
			fits = false
			return driver.RowsAffected(0), nil
		}
	}
	res, err := l.execOne(ctx, sql, args, large)
	if err == nil {
		count, err = res.RowsAffected()
	}
	return count, fits, err
}
