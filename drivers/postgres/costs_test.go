package postgres_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

// contender is one way to do the same work.
type contender struct {
	name string
	work func() error
}

// interleave runs the contenders in turn, so that a noisy machine is noisy for
// all of them, and reports how many times the first one's throughput each has.
// It compares medians: a pause of the machine hits one of them and says nothing.
func interleave(b *testing.B, contenders ...contender) {
	took := make([][]time.Duration, len(contenders))
	for _, c := range contenders {
		for range 3 {
			must(b, c.work()) // warm the caches
		}
	}
	for b.Loop() {
		for i, c := range contenders {
			start := time.Now()
			must(b, c.work())
			took[i] = append(took[i], time.Since(start))
		}
	}
	for i, c := range contenders[1:] {
		ratio := float64(median(took[0])) / float64(median(took[i+1]))
		b.ReportMetric(ratio, c.name+"/"+contenders[0].name)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

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
			interleave(b, sessionContenders(b, url)...)
		})
	}
}

// BenchmarkSessionAllocs has the same contenders one by one, for -benchmem.
func BenchmarkSessionAllocs(b *testing.B) {
	for _, c := range sessionContenders(b, dsn(b)) {
		measure(b, c.name, c.work)
	}
}

func sessionContenders(b *testing.B, url string) []contender {
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
	return []contender{
		{"pgxpool", func() error { return rawTransaction(ctx, pool) }},
		{"session", func() error { return sessionTransaction(ctx, e, false) }},
		{"queued", func() error { return sessionTransaction(ctx, e, true) }},
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
	interleave(b,
		contender{"pgx", func() error {
			rows, err := pool.Query(ctx, benchRows)
			if err != nil {
				return err
			}
			_, err = pgx.CollectRows(rows, pgx.RowToStructByName[benchRow])
			return err
		}},
		contender{"session", func() error {
			_, err := session.Collect[benchRow](ctx, s, benchRows)
			return err
		}})
}
