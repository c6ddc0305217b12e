package drivertest

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"

	"github.com/sqlscope/sqlscope/drivers"
)

// mutantRows are rows with a fault.
type mutantRows struct {
	drivers.Rows
	quiet      bool // errors are left out
	swap       bool // the first two columns change places
	nullIsZero bool // a NULL leaves the destination alone
	nullIsText bool // database/sql gets an empty text for a NULL
	halfTyped  bool // the types of some columns are known
	wraps      bool // an integer that does not fit wraps around
	sticky     bool // a NULL leaves the last row's value in its place
	shy        bool // columns have no names before there is a row
	columns    int  // those after it are lost
	limit      int  // rows after it are lost
	read       int
	last       []reflect.Value // for sticky
}

func (r *mutantRows) Next() bool {
	r.read++
	if r.limit > 0 && r.read > r.limit {
		_ = r.Rows.Close()
		return false
	}
	return r.Rows.Next()
}

func (r *mutantRows) Scan(dest ...any) error {
	if r.swap && len(dest) > 1 {
		dest = append([]any{dest[1], dest[0]}, dest[2:]...)
	}
	values, err := r.Values()
	if err != nil {
		return err
	}
	if r.sticky {
		return r.scanSticky(values, dest)
	}
	for i, v := range values {
		if r.nullIsZero && v == nil || r.wraps && wrapAround(dest[i], v) {
			dest[i] = new(any)
		}
	}
	return r.Rows.Scan(dest...)
}

// scanSticky gives a pointer to NULL what its column held before.
func (r *mutantRows) scanSticky(values, dest []any) error {
	err := r.Rows.Scan(dest...)
	if r.last == nil {
		r.last = make([]reflect.Value, len(dest))
	}
	for i, v := range values {
		field := reflect.ValueOf(dest[i]).Elem()
		if v == nil && r.last[i].IsValid() {
			field.Set(r.last[i])
		} else if v != nil {
			r.last[i] = reflect.ValueOf(field.Interface())
		}
	}
	return err
}

func (r *mutantRows) Columns() []string {
	names := r.Rows.Columns()
	switch {
	case r.shy && r.read == 0:
		return nil
	case r.columns > 0 && len(names) > r.columns:
		return names[:r.columns]
	}
	return names
}

func (r *mutantRows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if r.swap && len(values) > 1 {
		values[0], values[1] = values[1], values[0]
	}
	return values, err
}

func (r *mutantRows) ReadValues(dest []driver.Value) error {
	values, err := r.Values()
	for i, v := range values {
		if dest[i] = v; v == nil && r.nullIsText {
			dest[i] = ""
		}
	}
	return err
}

func (r *mutantRows) ColumnType(i int) (t drivers.ColumnType) {
	if r.halfTyped && i == 0 {
		t.Name = "BIGINT"
	}
	return t
}

func (r *mutantRows) Err() error { return r.hush(r.Rows.Err()) }

func (r *mutantRows) Close() error { return r.hush(r.Rows.Close()) }

func (r *mutantRows) hush(err error) error {
	if r.quiet {
		return nil
	}
	return err
}

// Abort passes on what the rows inside can do.
func (r *mutantRows) Abort() error {
	if a, ok := r.Rows.(drivers.Aborter); ok {
		return a.Abort()
	}
	return errors.New("the rows cannot be aborted")
}

// deaf runs everything to its end, whatever becomes of the context.
func deaf(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.Conn.Run(context.WithoutCancel(ctx), f)
}

// lateCancel ends a cancelled statement and cancels the next one on the
// connection as well.
func lateCancel() func(context.Context, *mutantConn, *drivers.Flight) (drivers.Rows, error) {
	return func(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
		if err := c.pending; err != nil && f.Steps[0].Op != drivers.OpRollback {
			c.pending = nil
			f.Sent = len(f.Steps)
			return nil, err
		}
		rows, err := c.Conn.Run(ctx, f)
		if err != nil && ctx.Err() != nil && f.Sent > 0 {
			c.pending = err
		}
		return rows, err
	}
}

func cancelledIsDone(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if err != nil && ctx.Err() != nil {
		f.Done = len(f.Steps)
		return noRowsAtAll{}, nil //nolint:nilerr // that is what is wrong with it
	}
	return rows, err
}

// noRowsAtAll is an empty result.
type noRowsAtAll struct{}

func (noRowsAtAll) Columns() []string      { return []string{"n"} }
func (noRowsAtAll) Next() bool             { return false }
func (noRowsAtAll) Scan(...any) error      { return errors.New("no row") }
func (noRowsAtAll) Values() ([]any, error) { return nil, errors.New("no row") }
func (noRowsAtAll) Err() error             { return nil }
func (noRowsAtAll) Close() error           { return nil }
