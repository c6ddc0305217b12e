package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
)

// recorder is a tracer that writes down what it is told.
type recorder struct{ log []string }

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn,
	data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, r, data.SQL)
}

func (r *recorder) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	r.log = append(r.log, fmt.Sprintf("%v: %v %v", ctx.Value(r), data.CommandTag, data.Err != nil))
}

func userPool(t testing.TB, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(dsn(t))
	must(t, err)
	cfg.MaxConns = 3
	if change != nil {
		change(cfg)
	}
	p, err := pgxpool.NewWithConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

func TestAnAdoptedPoolStaysItsOwners(t *testing.T) {
	mine := userPool(t, nil)
	p := postgres.Adopt(mine)
	if s, ok := p.(drivers.Sharer); !ok || !s.Shared() {
		t.Error("the pool is not shared")
	}
	if n := p.Describe().MaxConns; n != 3 {
		t.Errorf("MaxConns is %d", n)
	}
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	mustRun(t, c, begin(), query("select $1::int", 1))
	mustRun(t, c, commit())
	c.Release()
	must(t, p.Close(t.Context()))
	must(t, mine.Ping(t.Context()))
	if s := p.Stats(); s.Opened != 1 || s.Open != 1 || s.Closed != 0 {
		t.Errorf("stats are %+v", s)
	}
}

func TestATracerHearsOfEveryStep(t *testing.T) {
	log := &recorder{}
	p := postgres.Adopt(userPool(t, func(c *pgxpool.Config) { c.ConnConfig.Tracer = log }))
	c := acquire(t, p)
	mustRun(t, c, begin(), exec("select $1::int", 1), query("select $1::int8", 1))
	_, _, err := run(c, exec("select 1/$1::int", 0))
	wantCode(t, err, "22012")
	mustRun(t, c, rollback())
	want := "begin: BEGIN false|select $1::int:  false|select $1::int: SELECT 1 false|" +
		"select $1::int8:  false|select $1::int8: SELECT 1 false|" +
		"select 1/$1::int:  false|select 1/$1::int:  true|rollback: ROLLBACK false"
	got := strings.Join(log.log, "|")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnAdoptedPoolWithSimpleProtocolSaysSo(t *testing.T) {
	p := postgres.Adopt(userPool(t, func(c *pgxpool.Config) {
		c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	}))
	_, err := p.Acquire(t.Context(), drivers.Need{})
	if err == nil || !strings.Contains(err.Error(), "simple_protocol") {
		t.Errorf("error is %v", err)
	}
}

func TestNativeUseSharesTheTransaction(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	mustRun(t, c, begin(), exec("insert into "+name+" values ($1)", 1))
	native := c.Native().(*pgx.Conn)
	n, err := native.CopyFrom(t.Context(), pgx.Identifier{name}, []string{"id"},
		pgx.CopyFromRows([][]any{{2}, {3}}))
	must(t, err)
	_, values := mustRun(t, c, query("select count(*) + $1 from "+name, 0))
	if n != 2 || values[0] != int64(3) {
		t.Errorf("copied %d, counted %v", n, values)
	}
	_, err = native.Exec(t.Context(), "select 1/0")
	wantCode(t, err, "22012")
	wantState(t, c, drivers.TxFailed)
	mustRun(t, c, rollback())
}

func TestNotificationsArriveNatively(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	mustRun(t, c, exec("listen sqlscope_test"))
	_, err := connect(t).Exec(t.Context(), "notify sqlscope_test, 'hello'")
	must(t, err)
	mustRun(t, c, begin(), query("select $1::int", 1)) // the message may come amid an answer
	mustRun(t, c, exec("select pg_sleep(0.01)"), commit())
	n, err := c.Native().(*pgx.Conn).WaitForNotification(t.Context())
	must(t, err)
	if n.Payload != "hello" {
		t.Errorf("got %+v", n)
	}
	mustRun(t, c, exec("unlisten *"))
}
