package postgres_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// grace is the tests' CancelGrace.
const grace = 700 * time.Millisecond

// dsn is the server to test with.
func dsn(t testing.TB) string {
	t.Helper()
	return testdsn.Get(t, "postgres")
}

// with returns the DSN with more parameters: name, value, name, value, ….
func with(t testing.TB, dsn string, params ...string) string {
	t.Helper()
	return testdsn.With(t, dsn, params...)
}

// proxied puts a proxy before the server.
func proxied(t testing.TB) (*netproxy.Proxy, string) {
	t.Helper()
	p, url := testdsn.Proxied(t, dsn(t))
	return p, with(t, url, "sslmode", "disable")
}

func options() drivers.PoolOptions {
	return drivers.PoolOptions{MaxConns: 4, PingTimeout: time.Second, ConnectTimeout: 5 * time.Second,
		CancelGrace: grace}
}

func open(t testing.TB, dsn string) drivers.Pool {
	t.Helper()
	return openWith(t, dsn, options())
}

func openWith(t testing.TB, dsn string, o drivers.PoolOptions) drivers.Pool {
	t.Helper()
	cfg := drivers.Config{URL: dsn, Pool: o, Logger: slog.New(slog.DiscardHandler)}
	p, err := postgres.Driver.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

// acquire takes a connection that is released when the test ends.
func acquire(t testing.TB, p drivers.Pool) drivers.Conn {
	t.Helper()
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	t.Cleanup(c.Release)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func begin() drivers.Step    { return drivers.Step{Op: drivers.OpBegin} }
func commit() drivers.Step   { return drivers.Step{Op: drivers.OpCommit} }
func rollback() drivers.Step { return drivers.Step{Op: drivers.OpRollback} }

func exec(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpExec, SQL: sql, Args: args}
}

func query(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpQuery, SQL: sql, Args: args}
}

func savepoint(op drivers.Op, name string) drivers.Step { return drivers.Step{Op: op, Name: name} }

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

func wantState(t testing.TB, c drivers.Conn, want drivers.TxState) {
	t.Helper()
	if got := c.State(); got != want {
		t.Fatalf("state is %v, want %v", got, want)
	}
}

// table makes an empty table of its own for the test: id int primary key, name text.
func table(t testing.TB) string {
	t.Helper()
	name := "t_" + strings.ToLower(strings.Map(onlyLetters, t.Name()))
	admin := connect(t)
	sql := "drop table if exists " + name + "; create table " + name +
		"(id int primary key, name text not null default '')"
	_, err := admin.Exec(t.Context(), sql)
	must(t, err)
	t.Cleanup(func() { _, _ = connect(t).Exec(context.Background(), "drop table if exists "+name) })
	return name[:min(len(name), 63)]
}

func onlyLetters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// connect is a connection aside, for what the one under test must not know.
func connect(t testing.TB) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), dsn(t))
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}
