package dialect

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/drivers"
)

// errNoAnswer is for a query that has to have a row, and has none.
var errNoAnswer = errors.New("the database answered without a row")

// Ask runs a query of a driver's own and scans its first row.
func Ask(ctx context.Context, c drivers.Conn, sql string, args []any, dest ...any) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql, Args: args}}}
	r, err := c.Run(ctx, &f)
	if err != nil {
		return err
	}
	found := r.Next()
	if found {
		err = r.Scan(dest...)
	}
	if err = errors.Join(err, r.Close()); err == nil && !found {
		err = errNoAnswer
	}
	return err
}

// tell runs a statement of a driver's own.
func tell(ctx context.Context, c drivers.Conn, sql string) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpExec, SQL: sql}}}
	_, err := c.Run(ctx, &f)
	return err
}
