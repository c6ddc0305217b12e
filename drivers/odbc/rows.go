//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var errNoRow = errors.New("odbc: there is no row: Next was not called or returned false")

// query runs a statement up to its first block of rows. The connection stays
// busy until the rows are finished.
func (l *link) query(ctx context.Context, s *drivers.Step, args []any) error {
	if err := l.load(ctx, s.SQL, args); err != nil {
		return err
	}
	var res *result
	err := l.do(ctx, true, func() (err error) {
		res, err = l.open()
		return err
	})
	if err == nil && l.fired {
		// SQLCancel may have done more than it says; the rows are ctx's as well.
		err = &cancelError{ctx.Err(), errors.New("odbc: the query was cancelled")}
		l.closeCursor()
	}
	if err != nil {
		return l.settle(s.SQL, err)
	}
	l.rows = &rows{link: l, ctx: ctx, sql: s.SQL, result: res, row: -1}
	l.rows.names = make([]string, len(res.columns))
	for i := range res.columns {
		l.rows.names[i] = res.columns[i].name
	}
	return nil
}

// closeCursor gives up what has not been read.
func (l *link) closeCursor() {
	if l.lost {
		return
	}
	if err := l.briefly(func() error { l.statement.close(); return nil }); err != nil && !l.lost {
		_ = l.lose(err)
	}
}

// rows reads block by block.
type rows struct {
	link   *link
	ctx    context.Context
	sql    string
	result *result // nil when finished
	names  []string
	row    int          // in the block
	whole  map[int]cell // values of the row that are not in the block
	on     bool         // there is a row
	err    error
}

// Columns implements [drivers.Rows].
func (r *rows) Columns() []string { return r.names }

// Next implements [drivers.Rows].
func (r *rows) Next() bool {
	r.on, r.whole = false, nil
	if r.result == nil {
		return false
	}
	r.row++
	if r.row >= r.result.rows {
		if r.result.last {
			r.finish(nil)
			return false
		}
		if err := r.advance(); err != nil || r.result.rows == 0 {
			r.finish(err)
			return false
		}
	}
	if r.result.isLong(r.row) {
		if err := r.readWhole(); err != nil {
			r.finish(err)
			return false
		}
	}
	r.on = true
	return true
}

// advance fetches the next block.
func (r *rows) advance() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	res := *r.result // a copy: a job that is given up may go on with it
	err := r.link.do(r.ctx, true, func() error { return r.link.fetch(&res) })
	if err == nil && r.link.fired {
		err = r.ctx.Err()
	}
	if err == nil {
		*r.result, r.row = res, 0
	}
	return err
}

func (r *rows) readWhole() error {
	var whole map[int]cell
	res, row := r.result, r.row
	err := r.link.do(r.ctx, true, func() (err error) {
		whole, err = r.link.whole(res, row)
		return err
	})
	if err == nil {
		r.whole = whole
	}
	return err
}

// finish ends the flight.
func (r *rows) finish(err error) {
	if r.result == nil {
		return
	}
	last := r.result.last
	r.result, r.link.rows = nil, nil
	if !last || err != nil {
		r.link.closeCursor()
	}
	r.err = r.link.settle(r.sql, err)
	if !r.link.gone {
		r.link.params.memory.clear()
	}
}

// detach is finish for a connection that is closed under the rows.
func (r *rows) detach(err error) {
	r.on, r.result, r.link.rows, r.err = false, nil, nil, err
}

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	r.on = false
	r.finish(nil)
	return r.err
}

// Abort implements [drivers.Aborter]. Closing the cursor gives up the rest.
func (r *rows) Abort() error { return r.Close() }

// Err implements [drivers.Rows].
func (r *rows) Err() error { return r.err }

// cell is a value of the current row.
func (r *rows) cell(i int) cell {
	if v, ok := r.whole[i]; ok {
		return v
	}
	c := &r.result.columns[i]
	return cell{c.at(r.row), c.in(r.row)}
}

// Scan implements [drivers.Rows].
func (r *rows) Scan(dest ...any) error {
	switch {
	case !r.on:
		return errNoRow
	case len(dest) != len(r.names):
		return fmt.Errorf("odbc: the row has %d columns, got %d destinations", len(r.names), len(dest))
	}
	for i, d := range dest {
		if err := scan(d, &r.result.columns[i], r.cell(i)); err != nil {
			return fmt.Errorf("column %d (%q): %w", i+1, r.names[i], err)
		}
	}
	return nil
}

// scan has short ways for what is frequent: they make no value of type any.
func scan(dest any, c *column, v cell) error {
	if v.null() {
		return stdvalue.Assign(dest, nil)
	}
	switch d := dest.(type) {
	case *int64:
		if c.ctype == api.SQL_C_SBIGINT && d != nil {
			*d = int64(v.number())
			return nil
		}
	case *string:
		if d != nil && (c.ctype == api.SQL_C_WCHAR || c.ctype == api.SQL_C_CHAR) {
			*d = c.string(v)
			return nil
		}
		return stdvalue.Assign(dest, c.spelled(v))
	case **string:
		return stdvalue.Assign(dest, c.spelled(v))
	case *time.Time:
		if c.ctype == api.SQL_C_TYPE_TIMESTAMP && d != nil {
			*d = v.time()
			return nil
		}
	}
	return stdvalue.Assign(dest, c.natural(v))
}

// Values implements [drivers.Rows].
func (r *rows) Values() ([]any, error) {
	if !r.on {
		return nil, errNoRow
	}
	values := make([]any, len(r.names))
	for i := range values {
		if err := stdvalue.Assign(&values[i], r.result.columns[i].natural(r.cell(i))); err != nil {
			return nil, err
		}
	}
	return values, nil
}
