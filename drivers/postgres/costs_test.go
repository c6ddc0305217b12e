package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

// BenchmarkSessionCosts compares a unit of work - BEGIN, one SELECT, one
// UPDATE, COMMIT - on a bare pgxpool with the same through a session, and with
// the UPDATE queued. The metric is throughput: 2 is twice as fast as pgxpool.
func BenchmarkSessionCosts(b *testing.B) {
	for _, delay := range []time.Duration{0, 500 * time.Microsecond} {
		b.Run("rtt="+(2*delay).String(), func(b *testing.B) {
			url := dsn(b)
			if delay > 0 {
				proxy, proxied := proxied(b)
				proxy.SetDelay(delay)
				url = proxied
			}
			interleave.Run(b, sessionContenders(b, url)...)
		})
	}
}

// BenchmarkSessionAllocs has the same contenders one by one, for -benchmem.
func BenchmarkSessionAllocs(b *testing.B) {
	for _, c := range sessionContenders(b, dsn(b)) {
		measure(b, c.Name, c.Work)
	}
}

func sessionContenders(b *testing.B, url string) []interleave.Contender {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, url)
	must(b, err)
	b.Cleanup(pool.Close)
	_, err = pool.Exec(ctx, "create table if not exists bench(id int primary key, name text)")
	must(b, err)
	_, err = pool.Exec(ctx, "insert into bench values (1, 'one') on conflict do nothing")
	must(b, err)
	e, err := session.Open(ctx, url, session.Options{MaxConns: 4}, postgres.Driver)
	must(b, err)
	b.Cleanup(func() { must(b, e.Close(ctx)) })
	return []interleave.Contender{
		{Name: "pgxpool", Work: func() error { return rawTransaction(ctx, pool) }},
		{Name: "session", Work: func() error { return sessionTransaction(ctx, e, false) }},
		{Name: "queued", Work: func() error { return sessionTransaction(ctx, e, true) }},
	}
}

func sessionTransaction(ctx context.Context, e *session.Engine, queued bool) error {
	s := e.Session()
	defer s.Close()
	rows, err := s.Query(ctx, benchRead, 1)
	if err != nil {
		return err
	}
	var name string
	rows.Next()
	if err := rows.Scan(&name); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if queued {
		err = s.Queue(benchWrite, 1, name)
	} else {
		_, err = s.Exec(ctx, benchWrite, 1, name)
	}
	if err != nil {
		return err
	}
	return s.Commit(ctx)
}

type benchRow struct {
	ID    int64
	Name  string
	Price float64
	Ready bool
	At    time.Time
}

const benchRows = `select g::int8 as id, 'name ' || g as name, g * 1.5::float8 as price,
	g % 2 = 0 as ready, timestamptz '2024-02-29 12:00:00Z' + g * interval '1 second' as at
	from generate_series(1, 100000) g`

// BenchmarkCollect compares session.Collect with pgx.CollectRows on 100,000
// rows of 5 columns.
func BenchmarkCollect(b *testing.B) {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, dsn(b))
	must(b, err)
	defer pool.Close()
	e, err := session.New(postgres.Adopt(pool), session.Options{})
	must(b, err)
	defer e.Close(ctx)
	s := e.Session()
	defer s.Close()
	interleave.Run(b,
		interleave.Contender{Name: "pgx", Work: func() error {
			rows, err := pool.Query(ctx, benchRows)
			if err != nil {
				return err
			}
			_, err = pgx.CollectRows(rows, pgx.RowToStructByName[benchRow])
			return err
		}},
		interleave.Contender{Name: "session", Work: func() error {
			_, err := session.Collect[benchRow](ctx, s, benchRows)
			return err
		}})
}
