package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/interleave"
)

const (
	benchRead  = "select name from bench where id = $1"
	benchWrite = "update bench set name = $2 where id = $1"
)

// BenchmarkTransaction compares BEGIN, a read of one row, an update and COMMIT
// on a bare pgxpool and through the driver, both on the same pool. The driver's
// update travels with COMMIT in queued, by itself in driver.
func BenchmarkTransaction(b *testing.B) {
	for _, network := range []string{"direct", "500us"} {
		for _, ending := range []string{"background", "cancellable"} {
			b.Run(network+"/"+ending, func(b *testing.B) { benchTransaction(b, network, ending) })
		}
	}
}

func benchTransaction(b *testing.B, network, ending string) {
	url := dsn(b)
	if network != "direct" {
		proxy, proxied := proxied(b)
		proxy.SetDelay(500 * time.Microsecond)
		url = proxied
	}
	ctx := context.Background()
	if ending == "cancellable" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	pool, err := pgxpool.New(ctx, url)
	must(b, err)
	defer pool.Close()
	_, err = pool.Exec(ctx, "create table if not exists bench(id int primary key, name text)")
	must(b, err)
	_, err = pool.Exec(ctx, "insert into bench values (1, 'one') on conflict do nothing")
	must(b, err)
	adopted := postgres.Adopt(pool)
	all := []interleave.Contender{
		{Name: "raw", Work: func() error { return rawTransaction(ctx, pool) }},
		{Name: "driver", Work: func() error { return driverTransaction(ctx, adopted, false) }},
		{Name: "queued", Work: func() error { return driverTransaction(ctx, adopted, true) }},
	}
	for _, c := range all {
		measure(b, c.Name, c.Work)
	}
	b.Run("ratio", func(b *testing.B) { interleave.Run(b, all...) })
}

func measure(b *testing.B, name string, work func() error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for range 3 {
			must(b, work()) // warm the caches
		}
		for b.Loop() {
			must(b, work())
		}
	})
}

func rawTransaction(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return err
	}
	var name string
	if err := tx.QueryRow(ctx, benchRead, 1).Scan(&name); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, benchWrite, 1, name); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func driverTransaction(ctx context.Context, pool drivers.Pool, queued bool) error {
	c, err := pool.Acquire(ctx, drivers.Need{})
	if err != nil {
		return err
	}
	defer c.Release()
	var name string
	f := drivers.Flight{Steps: make([]drivers.Step, 0, 2)}
	f.Steps = append(f.Steps, drivers.Step{Op: drivers.OpBegin},
		drivers.Step{Op: drivers.OpQuery, SQL: benchRead, Args: []any{1}})
	rows, err := c.Run(ctx, &f)
	if err != nil {
		return err
	}
	rows.Next()
	if err := rows.Scan(&name); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	f.Steps = append(f.Steps[:0],
		drivers.Step{Op: drivers.OpExec, SQL: benchWrite, Args: []any{1, name}})
	if !queued {
		if _, err := c.Run(ctx, &f); err != nil {
			return err
		}
		f.Steps = f.Steps[:0]
	}
	f.Steps = append(f.Steps, drivers.Step{Op: drivers.OpCommit})
	_, err = c.Run(ctx, &f)
	return err
}
