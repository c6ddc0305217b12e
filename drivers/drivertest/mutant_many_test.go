package drivertest

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

func manyTwice(steps []drivers.Step) (out []drivers.Step) {
	for _, step := range steps {
		out = append(out, step)
		if step.Op == drivers.OpExecMany && step.SQL[:6] != "INSERT" {
			out = append(out, step)
		}
	}
	return out
}

func dropLastRow(steps []drivers.Step) []drivers.Step {
	for i := range steps {
		if many := steps[i].Many; len(many) > 1 {
			steps[i].Many = many[:len(many)-1]
		}
	}
	return steps
}

// firstRowAgain changes nothing but the values after the key.
func firstRowAgain(steps []drivers.Step) []drivers.Step {
	for i := range steps {
		var rows [][]any
		for _, row := range steps[i].Many {
			rows = append(rows, append([]any{row[0]}, steps[i].Many[0][1:]...))
		}
		steps[i].Many = rows
	}
	return steps
}

// eachRow runs the rows of OpExecMany as steps of their own; do says what to
// make of each.
func (c *mutantConn) eachRow(ctx context.Context, f *drivers.Flight,
	do func(res *drivers.Result, one *drivers.Flight) error) (drivers.Rows, error) {
	return c.each(ctx, f, func(i int, one *drivers.Flight) (drivers.Rows, error) {
		if one.Steps[0].Op != drivers.OpExecMany {
			return c.Conn.Run(ctx, one)
		}
		for _, row := range one.Steps[0].Many {
			step := drivers.Step{Op: drivers.OpExec, SQL: one.Steps[0].SQL, Args: row}
			row := &drivers.Flight{Steps: []drivers.Step{step}}
			if err := do(&f.Steps[i].Result, row); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

func rowByRow(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.eachRow(ctx, f, func(res *drivers.Result, one *drivers.Flight) error {
		_, err := c.Conn.Run(ctx, one)
		res.RowsAffected += one.Steps[0].Result.RowsAffected
		return err
	})
}

func countsLastRow(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.eachRow(ctx, f, func(res *drivers.Result, one *drivers.Flight) error {
		_, err := c.Conn.Run(ctx, one)
		*res = one.Steps[0].Result
		return err
	})
}

func rowsRunOn(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.eachRow(ctx, f, func(res *drivers.Result, one *drivers.Flight) error {
		_, _ = c.Conn.Run(ctx, one)
		res.RowsAffected++
		return nil
	})
}

// deafToMany runs many rows to their end, whatever becomes of the context.
func deafToMany(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	if f.Steps[len(f.Steps)-1].Op == drivers.OpExecMany {
		ctx = context.WithoutCancel(ctx)
	}
	return c.Conn.Run(ctx, f)
}
