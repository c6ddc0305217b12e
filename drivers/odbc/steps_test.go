//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

var (
	begin    = drivers.Step{Op: drivers.OpBegin}
	commit   = drivers.Step{Op: drivers.OpCommit}
	rollback = drivers.Step{Op: drivers.OpRollback}
)

func exec(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpExec, SQL: sql, Args: args}
}

func query(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpQuery, SQL: sql, Args: args}
}

// run runs steps and reads all rows.
func run(t testing.TB, c drivers.Conn, steps ...drivers.Step) (*drivers.Flight, [][]any, error) {
	t.Helper()
	return runWith(t.Context(), c, steps...)
}

func runWith(ctx context.Context, c drivers.Conn, steps ...drivers.Step) (*drivers.Flight, [][]any, error) {
	f := &drivers.Flight{Steps: steps}
	rows, err := c.Run(ctx, f)
	if rows == nil {
		return f, nil, err
	}
	var all [][]any
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return f, nil, err
		}
		all = append(all, values)
	}
	return f, all, rows.Close()
}

func mustRun(t testing.TB, c drivers.Conn, steps ...drivers.Step) [][]any {
	t.Helper()
	_, rows, err := run(t, c, steps...)
	must(t, err)
	return rows
}
