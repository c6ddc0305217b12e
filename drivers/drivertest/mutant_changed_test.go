package drivertest

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// stalePlans fails a query that has other columns than when it ran before, and has
// no word for that.
func stalePlans(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil || !c.changed(f, rows) {
		return rows, err
	}
	_ = rows.Close()
	f.Done--
	fails := &drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpExec, SQL: "SELECT fail()"}}}
	_, _ = c.Conn.Run(ctx, fails)
	return nil, fakedriver.Errorf(drivers.KindUnknown, "cached plan must not change result type")
}

// oldColumns leaves out the columns that a query did not have when it ran before.
func oldColumns(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil {
		return rows, err
	}
	sql := f.Steps[len(f.Steps)-1].SQL
	if before := len(c.prepared[sql]); c.changed(f, rows) {
		c.prepared[sql] = make([]any, before)
		rows = &fewerColumns{rows, before}
	}
	return rows, err
}

// changed remembers how many columns the flight's query has, and tells whether they
// were others before.
func (c *mutantConn) changed(f *drivers.Flight, rows drivers.Rows) bool {
	sql := f.Steps[len(f.Steps)-1].SQL
	before, known := c.prepared[sql]
	c.prepared[sql] = make([]any, len(rows.Columns()))
	return known && len(before) != len(rows.Columns())
}

// fewerColumns are the first n of them.
type fewerColumns struct {
	drivers.Rows
	n int
}

func (r *fewerColumns) Columns() []string { return r.Rows.Columns()[:r.n] }

func (r *fewerColumns) Values() ([]any, error) {
	values, err := r.Rows.Values()
	return values[:min(r.n, len(values))], err
}

func (r *fewerColumns) Scan(dest ...any) error {
	return r.Rows.Scan(append(dest, make([]any, len(r.Rows.Columns())-len(dest))...)...)
}
