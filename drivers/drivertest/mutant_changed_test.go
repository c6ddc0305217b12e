package drivertest

import (
	"context"
	"slices"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// changedNames are the cases of the changes.
func changedNames(whats ...string) (names []string) {
	for _, what := range whats {
		names = append(names, "A statement begins a transaction after its table "+what,
			"A statement runs outside of a transaction after its table "+what,
			"A statement whose table "+what+" in the middle of the transaction")
	}
	return names
}

// stalePlans fails a query that has other columns than when it ran before, and has
// no word for that.
func stalePlans(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil {
		return rows, err
	}
	before, now := c.before(f, rows.Columns()), rows.Columns()
	if slices.Equal(before, now) {
		return rows, err
	}
	c.forget(f)
	_ = rows.Close()
	f.Done--
	fails := &drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpExec, SQL: "SELECT fail()"}}}
	_, _ = c.Conn.Run(ctx, fails)
	return nil, fakedriver.Errorf(drivers.KindUnknown, "cached plan must not change result type")
}

// oldColumns shows the columns that a query had when it ran first, as far as they
// are there, and no others.
func oldColumns(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil {
		return rows, err
	}
	return &renamed{rows, c.before(f, rows.Columns())}, err
}

// oldNames gives the columns the names that they had when the query ran first, from
// the left.
func oldNames(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil {
		return rows, err
	}
	names := slices.Clone(rows.Columns())
	copy(names, c.before(f, names))
	return &renamed{rows, names}, err
}

// before are the names of the columns that the flight's query had when the
// connection ran it first, which is now if it has not.
func (c *mutantConn) before(f *drivers.Flight, now []string) []string {
	sql := f.Steps[len(f.Steps)-1].SQL
	if c.prepared[sql] == nil {
		c.prepared[sql] = []any{slices.Clone(now)}
	}
	return c.prepared[sql][0].([]string)
}

func (c *mutantConn) forget(f *drivers.Flight) {
	delete(c.prepared, f.Steps[len(f.Steps)-1].SQL)
}

// renamed are rows with other names for the first of their columns.
type renamed struct {
	drivers.Rows
	names []string
}

func (r *renamed) Columns() []string { return r.names[:min(len(r.names), len(r.Rows.Columns()))] }

func (r *renamed) Values() ([]any, error) {
	values, err := r.Rows.Values()
	return values[:min(len(r.names), len(values))], err
}

func (r *renamed) Scan(dest ...any) error {
	return r.Rows.Scan(append(dest, make([]any, len(r.Rows.Columns())-len(dest))...)...)
}

// room is the least number that a statement's argument or result has no room for.
const room = 1 << 15

// oldRoom refuses a large integer where it has seen only small ones.
func oldRoom(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	if c.narrow(f, nil) {
		return nil, fakedriver.Errorf(drivers.KindData, "the argument is greater than the maximum")
	}
	return c.Conn.Run(ctx, f)
}

// oldSize cuts it to its lowest bits.
func oldSize(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	c.narrow(f, func(n int64) any { return n % room })
	return c.Conn.Run(ctx, f)
}

// narrow reports whether an argument is larger than those that the connection saw
// the statement have first, and makes of it what cut says.
func (c *mutantConn) narrow(f *drivers.Flight, cut func(int64) any) (found bool) {
	for i := range f.Steps {
		step := &f.Steps[i]
		for j, arg := range step.Args {
			n, _ := arg.(int64)
			switch {
			case n == 0:
			case c.prepared[step.SQL] == nil:
				c.prepared[step.SQL] = []any{n < room}
			case n >= room && c.prepared[step.SQL][0] == true:
				found = true
				if cut != nil {
					step.Args = slices.Clone(step.Args)
					step.Args[j] = cut(n)
				}
			}
		}
	}
	return found
}

// oldResults cuts large integers of statements that have had small ones before.
func oldResults(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	known := c.narrow(f, nil)
	rows, err := c.Conn.Run(ctx, f)
	if rows == nil || !known {
		return rows, err
	}
	return &cutIntegers{rows}, err
}

// cutIntegers are rows whose integers lose all but their lowest bits.
type cutIntegers struct{ drivers.Rows }

func (r *cutIntegers) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	for _, d := range dest {
		if n, ok := d.(*int64); ok {
			*n %= room
		}
	}
	return err
}
