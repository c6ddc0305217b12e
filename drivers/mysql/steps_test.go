package mysql_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

var (
	begin    = drivers.Step{Op: drivers.OpBegin}
	commit   = drivers.Step{Op: drivers.OpCommit}
	rollback = drivers.Step{Op: drivers.OpRollback}
)

func beginWith(o drivers.TxOptions) drivers.Step { return drivers.Step{Op: drivers.OpBegin, Tx: &o} }

func exec(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpExec, SQL: sql, Args: args}
}

func query(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpQuery, SQL: sql, Args: args}
}

func savepoint(op drivers.Op) drivers.Step { return drivers.Step{Op: op, Name: "sp"} }

// run runs a flight of the steps and closes its rows. Their values, each row
// one after the other, are returned too.
func run(c drivers.Conn, steps ...drivers.Step) (*drivers.Flight, []any, error) {
	return runIn(context.Background(), c, steps...)
}

func runIn(ctx context.Context, c drivers.Conn, steps ...drivers.Step) (
	*drivers.Flight, []any, error) {
	f := &drivers.Flight{Steps: steps}
	r, err := c.Run(ctx, f)
	if r == nil {
		return f, nil, err
	}
	var all []any
	for r.Next() {
		values, err := r.Values()
		if err != nil {
			return f, all, err
		}
		all = append(all, values...)
	}
	return f, all, r.Close()
}

// mustRun is run for a flight that succeeds.
func mustRun(t testing.TB, c drivers.Conn, steps ...drivers.Step) (*drivers.Flight, []any) {
	t.Helper()
	f, values, err := run(c, steps...)
	must(t, err)
	if f.Done != len(steps) || f.Sent != len(steps) {
		t.Fatalf("sent %d and done %d of %d steps", f.Sent, f.Done, len(steps))
	}
	return f, values
}

// mustFail is run for a flight whose last step fails with an error of a kind.
func mustFail(t testing.TB, p drivers.Pool, c drivers.Conn, kind drivers.Kind, steps ...drivers.Step) {
	t.Helper()
	f, _, err := run(c, steps...)
	if got := p.Classify(err).Kind; err == nil || got != kind {
		t.Fatalf("error %v of kind %v, want %v", err, got, kind)
	}
	if f.Done != len(steps)-1 {
		t.Fatalf("done %d of %d steps", f.Done, len(steps))
	}
}

func wantState(t testing.TB, c drivers.Conn, want drivers.TxState) {
	t.Helper()
	if got := c.State(); got != want {
		t.Fatalf("state is %v, want %v", got, want)
	}
}

// wantCount checks how many rows everybody else sees in a table.
func wantCount(t testing.TB, table string, want int) {
	t.Helper()
	var n int
	must(t, connect(t).QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	if n != want {
		t.Fatalf("%s has %d rows, want %d", table, n, want)
	}
}

// table makes an empty table of its own for the test, with the columns.
func table(t testing.TB, columns string) string {
	t.Helper()
	name := "t_" + strings.ToLower(strings.Map(onlyLetters, t.Name()))
	name = name[:min(len(name), 60)]
	admin := connect(t)
	for _, sql := range []string{"DROP TABLE IF EXISTS " + name,
		"CREATE TABLE " + name + " (" + columns + ") ENGINE=InnoDB"} {
		_, err := admin.ExecContext(t.Context(), sql)
		must(t, err)
	}
	t.Cleanup(func() {
		_, _ = connect(t).ExecContext(context.Background(), "DROP TABLE IF EXISTS "+name)
	})
	return name
}

// items is the table of most tests.
func items(t testing.TB) string { return table(t, "id INT PRIMARY KEY, n INT") }

func onlyLetters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}
