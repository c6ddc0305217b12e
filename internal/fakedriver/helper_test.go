package fakedriver

import (
	"context"
	"fmt"
	"strings"
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

func named(op drivers.Op, name string) drivers.Step { return drivers.Step{Op: op, Name: name} }

func acquire(t *testing.T, p *Pool) *Conn {
	t.Helper()
	c, err := p.Acquire(t.Context(), drivers.Need{})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Conn)
}

// send sends the steps and tells how far they came.
func send(ctx context.Context, c *Conn, steps ...drivers.Step) (*drivers.Flight, error) {
	f := &drivers.Flight{Steps: steps}
	_, err := c.Run(ctx, f)
	return f, err
}

func must(t *testing.T, c *Conn, steps ...drivers.Step) *drivers.Flight {
	t.Helper()
	f, err := send(t.Context(), c, steps...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ask runs a query and returns its rows as text: columns by comma, rows by
// semicolon.
func ask(t *testing.T, c *Conn, sql string, args ...any) string {
	t.Helper()
	step := drivers.Step{Op: drivers.OpQuery, SQL: sql, Args: args}
	rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{step}})
	if err != nil {
		return "error: " + kindOf(err).String()
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(values...)), ","), "[]"))
	}
	if err := rows.Err(); err != nil {
		return strings.Join(out, ";") + " error: " + kindOf(err).String()
	}
	return strings.Join(out, ";")
}

func wantKind(t *testing.T, err error, kind drivers.Kind) {
	t.Helper()
	if err == nil || kindOf(err) != kind {
		t.Fatalf("got an error of kind %v, want %v: %v", kindOf(err), kind, err)
	}
}

func wantState(t *testing.T, c *Conn, state drivers.TxState) {
	t.Helper()
	if got := c.State(); got != state {
		t.Fatalf("the connection is %v, want %v", got, state)
	}
}

func wantSeen(t *testing.T, c *Conn, sql, want string) {
	t.Helper()
	if got := ask(t, c, sql); got != want {
		t.Fatalf("%s: got %q, want %q", sql, got, want)
	}
}

// withTable makes a database with a table t of (id, n) and the rows 1 and 2.
func withTable(t *testing.T, opts Options) (*DB, *Pool, *Conn) {
	t.Helper()
	db := New(opts)
	p := db.NewPool()
	c := acquire(t, p)
	must(t, c, exec("CREATE TABLE t (id BIGINT PRIMARY KEY, n INTEGER)"),
		exec("INSERT INTO t (id, n) VALUES (1, 10), (2, 20)"))
	db.ResetLog()
	return db, p, c
}
