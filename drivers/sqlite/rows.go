package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var errNoRow = errors.New("sqlite: there is no row: Next was not called or returned false")

// rows streams from SQLite: a row is computed when it is asked for.
type rows struct {
	link   *link
	stmt   *statement
	native driver.Rows // nil when finished
	ctx    context.Context
	cols   []string
	values []driver.Value
	few    [8]driver.Value // backs values, so that most queries need no slice
	on     bool            // values hold a row
	lent   bool            // its blobs have been handed over
	err    error
}

func newRows(ctx context.Context, l *link, st *statement, native driver.Rows) *rows {
	r := &rows{link: l, stmt: st, native: native, ctx: ctx, cols: native.Columns()}
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
	select {
	case <-r.ctx.Done():
		r.err = r.ctx.Err()
	default:
		if r.err = r.native.Next(r.values); r.err == nil {
			r.on, r.lent = true, false
			return true
		}
	}
	if r.err == io.EOF {
		r.err = nil
	}
	r.finish()
	return false
}

// finish ends the flight. What resetting the statement says is either nothing
// new or, before the end of the rows, nothing of interest.
func (r *rows) finish() {
	if r.native == nil {
		return
	}
	r.link.watch.disarm()
	_ = r.native.Close()
	r.native = nil
	r.stmt.done()
	r.link.rows = nil
	r.err = r.link.settle(r.ctx, r.err)
}

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	r.on = false
	r.finish()
	return r.err
}

// Abort implements [drivers.Aborter]: nothing runs between two rows, so giving up
// is no different from closing.
func (r *rows) Abort() error { return r.Close() }

// Err implements [drivers.Rows].
func (r *rows) Err() error { return r.err }

// Scan implements [drivers.Rows].
func (r *rows) Scan(dest ...any) error {
	switch {
	case !r.on:
		return errNoRow
	case len(dest) != len(r.cols):
		return fmt.Errorf("sqlite: the row has %d columns, got %d destinations",
			len(r.cols), len(dest))
	}
	for i, d := range dest {
		if err := r.scan(d, i); err != nil {
			return fmt.Errorf("column %d (%q): %w", i+1, r.cols[i], err)
		}
	}
	r.lent = true
	return nil
}

func (r *rows) scan(dest any, i int) error {
	switch d := dest.(type) {
	case *[]byte:
		if b, ok := r.values[i].([]byte); ok && d != nil {
			*d = r.blob(b)
			return nil
		}
	case *string, **string:
		return stdvalue.Assign(dest, r.spelled(i))
	}
	return stdvalue.Assign(dest, r.values[i])
}

// Values implements [drivers.Rows].
func (r *rows) Values() ([]any, error) {
	if !r.on {
		return nil, errNoRow
	}
	values := make([]any, len(r.values))
	for i, v := range r.values {
		if b, ok := v.([]byte); ok {
			v = r.blob(b)
		}
		values[i] = v
	}
	r.lent = true
	return values, nil
}

// blob hands a blob over without a copy: modernc has made one for us. Who asks a
// second time gets a copy of his own. An empty blob comes as nil from modernc and
// is not NULL.
func (r *rows) blob(b []byte) []byte {
	switch {
	case b == nil:
		return []byte{}
	case r.lent:
		return bytes.Clone(b)
	}
	return slices.Clip(b)
}
