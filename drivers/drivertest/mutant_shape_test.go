package drivertest

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// cutToBytes gives a text as many bytes as it has characters, which is nothing
// to one without accents.
func cutToBytes(arg any) any {
	if s, ok := arg.(string); ok && len(s) < 200 {
		return strings.ToValidUTF8(s[:utf8.RuneCountInString(s)], "")
	}
	return arg
}

// commitCancelled commits and says that it did not.
func commitCancelled(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if f.Steps[len(f.Steps)-1].Op == drivers.OpCommit && err == nil {
		return nil, context.Canceled
	}
	return rows, err
}

func cutStatements(steps []drivers.Step) []drivers.Step {
	for i, step := range steps {
		if n := 100_000; len(step.SQL) > n {
			steps[i].SQL = step.SQL[:n] + "')"
		}
	}
	return steps
}

// fewArgs loses the connection over more arguments than a signed number of 16
// bits can count.
func fewArgs(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	for _, step := range f.Steps {
		if len(step.Args) > 1<<15-1 {
			return nil, fakedriver.Errorf(drivers.KindConnLost, "bad connection")
		}
	}
	return c.Conn.Run(ctx, f)
}
