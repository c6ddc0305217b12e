package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var errNoRow = errors.New("mysql: there is no row: Next was not called or returned false")

// rows streams from the server: a row is read when it is asked for.
type rows struct {
	link   *link
	ctx    context.Context
	sql    string
	native driver.Rows // nil when finished
	stmt   driver.Stmt // nil, mostly
	types  driver.RowsColumnTypeDatabaseTypeName
	cols   []string
	kinds  []columnKind // made when they are needed
	values []driver.Value
	few    [8]driver.Value // backs values, so that most queries need no slice
	on     bool            // values hold a row
	err    error
}

func newRows(ctx context.Context, l *link, sql string, native driver.Rows, st driver.Stmt) *rows {
	r := &rows{link: l, ctx: ctx, sql: sql, native: native, stmt: st, cols: native.Columns()}
	r.types, _ = native.(driver.RowsColumnTypeDatabaseTypeName)
	r.values = append(r.few[:0], make([]driver.Value, len(r.cols))...)
	return r
}

// Columns implements [drivers.Rows].
func (r *rows) Columns() []string { return r.cols }

// Next implements [drivers.Rows].
func (r *rows) Next() bool {
	r.on = false
	if r.native == nil {
		return false
	}
	err := r.native.Next(r.values)
	if err == nil {
		r.on = true
		return true
	}
	if err == io.EOF {
		err = nil
	}
	r.finish(err)
	return false
}

// finish ends the flight. What is left of the rows is read and dropped.
func (r *rows) finish(err error) {
	if r.native == nil {
		return
	}
	closing := r.native.Close()
	err = orElse(err, closing)
	if r.stmt != nil {
		_ = r.stmt.Close() // fails on a lost connection, which is known by then
	}
	r.native, r.link.rows = nil, nil
	r.err = r.link.land(r.ctx, err, r.sql)
	// A killed SLEEP or GET_LOCK returns a value on some servers, not an error.
	if r.err == nil && r.link.watch.fired && r.ctx.Err() != nil {
		r.err = r.ctx.Err()
	}
}

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	r.on = false
	r.finish(nil)
	return r.err
}

// Abort implements [drivers.Aborter]: the query is killed, so that a large
// result need not be read to its end.
func (r *rows) Abort() error {
	if r.native != nil {
		r.link.watch.also()
	}
	return r.Close()
}

// Err implements [drivers.Rows].
func (r *rows) Err() error { return r.err }

// Scan implements [drivers.Rows].
func (r *rows) Scan(dest ...any) error {
	switch {
	case !r.on:
		return errNoRow
	case len(dest) != len(r.cols):
		return fmt.Errorf("mysql: the row has %d columns, got %d destinations", len(r.cols), len(dest))
	}
	for i, d := range dest {
		if err := r.scan(d, i); err != nil {
			return fmt.Errorf("column %d (%q): %w", i+1, r.cols[i], err)
		}
	}
	return nil
}

func (r *rows) scan(dest any, i int) error {
	switch dest.(type) {
	case *string, **string:
		return stdvalue.Assign(dest, r.spelled(i))
	case *any:
		return stdvalue.Assign(dest, r.natural(i))
	case *[]byte:
		return stdvalue.Assign(dest, r.values[i])
	}
	return stdvalue.Assign(dest, r.unpacked(i))
}

// Values implements [drivers.Rows].
func (r *rows) Values() ([]any, error) {
	if !r.on {
		return nil, errNoRow
	}
	values := make([]any, len(r.values))
	for i := range values {
		if err := stdvalue.Assign(&values[i], r.natural(i)); err != nil {
			return nil, err
		}
	}
	return values, nil
}
