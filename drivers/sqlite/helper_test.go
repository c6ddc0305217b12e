package sqlite_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

const memory = "sqlite://:memory:"

// slow counts to a number that takes minutes to reach.
const slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 4000000000) "

// fileURL is the URL of a new database.
func fileURL(t testing.TB) string {
	return "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
}

func openPool(t testing.TB, url string, maxConns int) drivers.Pool {
	t.Helper()
	p, err := sqlite.Driver.Open(t.Context(), drivers.Config{
		URL: url, Logger: slog.New(slog.DiscardHandler),
		Pool: drivers.PoolOptions{MaxConns: maxConns, ConnectTimeout: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// client is a connection with the calls that tests make.
type client struct {
	drivers.Conn
	t    testing.TB
	pool drivers.Pool
}

func writer(t testing.TB, p drivers.Pool) *client { return connect(t, p, drivers.Need{}) }
func reader(t testing.TB, p drivers.Pool) *client {
	return connect(t, p, drivers.Need{ReadOnly: true})
}

// connect returns a connection that is given back at the end of the test, unless
// that has been done.
func connect(t testing.TB, p drivers.Pool, need drivers.Need) *client {
	t.Helper()
	c, err := p.Acquire(t.Context(), need)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.State() != drivers.TxLost {
			c.Release()
		}
	})
	return &client{Conn: c, t: t, pool: p}
}

// try runs steps and returns the flight and the error; there are no rows.
func (c *client) try(ctx context.Context, steps ...drivers.Step) (*drivers.Flight, error) {
	f := &drivers.Flight{Steps: steps}
	rows, err := c.Run(ctx, f)
	if rows != nil {
		c.t.Helper()
		c.t.Fatal("rows without a query")
	}
	return f, err
}

// run runs steps that must succeed and returns the result of the last one.
func (c *client) run(steps ...drivers.Step) drivers.Result {
	c.t.Helper()
	f, err := c.try(c.t.Context(), steps...)
	if err != nil {
		c.t.Fatalf("step %d: %v", f.Done, err)
	}
	if f.Done != len(steps) || f.Sent != len(steps) {
		c.t.Fatalf("%d steps sent and %d done of %d", f.Sent, f.Done, len(steps))
	}
	return f.Steps[len(steps)-1].Result
}

// fail runs steps of which the last must fail with an error of a kind.
func (c *client) fail(kind drivers.Kind, steps ...drivers.Step) {
	c.t.Helper()
	_ = c.failure(kind, steps...)
}

// failure is fail for those who look closer at the error.
func (c *client) failure(kind drivers.Kind, steps ...drivers.Step) error {
	c.t.Helper()
	f, err := c.try(c.t.Context(), steps...)
	if err == nil {
		c.t.Fatalf("no error, want %v", kind)
	}
	if f.Done != len(steps)-1 || f.Sent != len(steps) {
		c.t.Fatalf("%d steps sent and %d done of %d", f.Sent, f.Done, len(steps))
	}
	if got := c.pool.Classify(err).Kind; got != kind {
		c.t.Fatalf("%v: kind %v, want %v", err, got, kind)
	}
	return err
}

func (c *client) query(ctx context.Context, sql string, args ...any) (drivers.Rows, error) {
	return c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{
		{Op: drivers.OpQuery, SQL: sql, Args: args}}})
}

func (c *client) state(want drivers.TxState) {
	c.t.Helper()
	if got := c.State(); got != want {
		c.t.Fatalf("state is %v, want %v", got, want)
	}
}

// one returns the only value of the first row.
func one[T any](c *client, sql string, args ...any) T {
	c.t.Helper()
	rows, err := c.query(c.t.Context(), sql, args...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var v T
	if !rows.Next() {
		c.t.Fatalf("no row: %v", rows.Err())
	}
	if err := rows.Scan(&v); err != nil {
		c.t.Fatal(err)
	}
	return v
}

func exec(sql string, args ...any) drivers.Step {
	return drivers.Step{Op: drivers.OpExec, SQL: sql, Args: args}
}

var (
	begin    = drivers.Step{Op: drivers.OpBegin}
	readOnly = drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{ReadOnly: true}}
	commit   = drivers.Step{Op: drivers.OpCommit}
	rollback = drivers.Step{Op: drivers.OpRollback}
)
